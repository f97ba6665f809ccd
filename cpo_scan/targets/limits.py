"""Limits on what a hostile target can make us do. All of them are counted, none is a clock, but the safety nets."""

import msgspec

GIB = 2**30


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults of the contract. They stand in the report's `options`; each hit is a row in `limits_hit`."""

    depth: int = 8  # containers inside each other
    container_bytes: int = 4 * GIB  # unpacked, counted against every enclosing container
    container_members: int = 200_000
    member_bytes: int = 1 * GIB  # a member larger than this is not unpacked
    target_bytes: int = 64 * GIB  # unpacked, all containers of the target
    decoder_memory: int = 256 * 2**20  # dictionary or window that a compressed stream may ask for
    probe_seconds: float = 60.0  # safety net per probe and artifact
    product_seconds: float = 600.0  # safety net per probe of the product as a whole, whose work grows with it
    worker_memory: int = 2 * GIB  # safety net per worker process
    xml_depth: int = 256
    document_nodes: int = 800_000  # YAML, aliases expanded
    json_nodes: int = 16_000_000  # values of a JSON document: what document_bytes allows in honest ones
    document_depth: int = 1_000  # containers inside each other, YAML and JSON
    yaml_aliases: int = 100
    source_bytes: int = 1 * 2**20  # larger sources are taken for generated and are not parsed
    document_bytes: int = 256 * 2**20  # larger JSON, YAML and XML documents are not read whole
