/* Open PLM client library: C interface, version 4.2. */
#ifndef OPENPLM_H
#define OPENPLM_H

#ifdef __cplusplus
extern "C" {
#endif

/** A connection to a server. Opaque to callers. */
typedef struct openplm_session openplm_session;

/** Opens a connection; returns NULL where the server does not answer. */
openplm_session *openplm_open(const char *url, const char *token);

/** Closes a connection and frees what belongs to it. */
void openplm_close(openplm_session *session);

/** Reads one part by its number into `name` (at most `size` bytes); returns 0 on success. */
int openplm_part_name(openplm_session *session, const char *number, char *name, unsigned size);

#ifdef __cplusplus
}
#endif
#endif
