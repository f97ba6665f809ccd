"""The syntax of EXPRESS as a table of its own, beside the reader.

After ISO 10303-11:2004, annex A, in a shorter form: names are one kind of token, productions with one use are merged.
"""

from functools import cache

from cpo_probes.exchange.express.tokens import IDENTIFIER, LITERAL, STRING, Text
from tests.probes.grammars import Language

GRAMMAR = """
source = schema { schema }
schema = SCHEMA id [ string ] ';' { interface } [ constants ] { declaration | rule } END_SCHEMA ';'
interface = ( USE | REFERENCE ) FROM id [ '(' renamed { ',' renamed } ')' ] ';'
renamed = id [ AS id ]
constants = CONSTANT constant { constant } END_CONSTANT ';'
constant = id ':' instantiable ':=' expression ';'
declaration = entity | function | procedure | subtypes | type
ids = '(' id { ',' id } ')'

type = TYPE id '=' ( concrete | enumeration | select ) ';' [ where ] END_TYPE ';'
enumeration = [ EXTENSIBLE ] ENUMERATION [ OF ids | BASED_ON id [ WITH ids ] ]
select = [ EXTENSIBLE [ GENERIC_ENTITY ] ] SELECT [ ids | BASED_ON id [ WITH ids ] ]
concrete = simple | id | aggregation
instantiable = concrete
aggregation = ARRAY bounds OF [ OPTIONAL ] [ UNIQUE ] instantiable | LIST [ bounds ] OF [ UNIQUE ] instantiable
  | unordered
unordered = ( BAG | SET ) [ bounds ] OF instantiable
bounds = '[' numeric ':' numeric ']'
simple = BOOLEAN | INTEGER | LOGICAL | NUMBER | REAL [ '(' numeric ')' ] | ( BINARY | STRING ) [ '(' numeric
  ')' [ FIXED ] ]
parameter = simple | id | general | ( GENERIC | GENERIC_ENTITY ) [ ':' id ]
general = AGGREGATE [ ':' id ] OF parameter | ARRAY [ bounds ] OF [ OPTIONAL ] [ UNIQUE ] parameter | general_2
general_2 = LIST [ bounds ] OF [ UNIQUE ] parameter | ( BAG | SET ) [ bounds ] OF parameter

entity = ENTITY id [ super ] [ SUBTYPE OF ids ] ';' { explicit } [ derive ] [ inverses ] [ uniques ] [ where ]
  END_ENTITY ';'
super = ABSTRACT | ABSTRACT SUPERTYPE [ OF '(' kinds ')' ] | SUPERTYPE OF '(' kinds ')'
kinds = kind_factor { ANDOR kind_factor }
kind_factor = kind_term { AND kind_term }
kind_term = id | ONEOF '(' kinds { ',' kinds } ')' | '(' kinds ')'
explicit = attribute { ',' attribute } ':' [ OPTIONAL ] parameter ';'
attribute = id | qualified [ RENAMED id ]
qualified = SELF '\\\\' id '.' id
derive = DERIVE derived { derived }
derived = attribute ':' parameter ':=' expression ';'
inverses = INVERSE inverse { inverse }
inverse = attribute ':' [ ( SET | BAG ) [ bounds ] OF ] id FOR [ id '.' ] id ';'
uniques = UNIQUE unique { unique }
unique = [ id ':' ] referenced { ',' referenced } ';'
referenced = id | qualified
where = WHERE domain { domain }
domain = [ id ':' ] expression ';'
subtypes = SUBTYPE_CONSTRAINT id FOR id ';' [ ABSTRACT SUPERTYPE ';' ] [ TOTAL_OVER ids ';' ] [ kinds ';' ]
  subtypes_end
subtypes_end = END_SUBTYPE_CONSTRAINT ';'

function = FUNCTION id [ '(' formal { ';' formal } ')' ] ':' parameter ';' head statement { statement }
  END_FUNCTION ';'
procedure = PROCEDURE id [ '(' [ VAR ] formal { ';' [ VAR ] formal } ')' ] ';' head { statement } END_PROCEDURE ';'
rule = RULE id FOR ids ';' head { statement } where END_RULE ';'
formal = id { ',' id } ':' parameter
head = { declaration } [ constants ] [ LOCAL local { local } END_LOCAL ';' ]
local = id { ',' id } ':' parameter [ ':=' expression ] ';'

statement = simple_statement | compound
simple_statement = ';' | ESCAPE ';' | SKIP ';' | RETURN [ '(' expression ')' ] ';' | assignment | call
assignment = id { qualifier } ':=' expression ';'
call = id [ '(' expression { ',' expression } ')' ] ';'
compound = alias | block | case | if | repeat
alias = ALIAS id FOR id { qualifier } ';' statement { statement } END_ALIAS ';'
block = BEGIN statement { statement } END ';'
case = CASE expression OF { labels ':' statement } [ OTHERWISE ':' statement ] END_CASE ';'
labels = expression { ',' expression }
if = IF expression THEN statement { statement } [ ELSE statement { statement } ] END_IF ';'
repeat = REPEAT [ increment ] [ WHILE expression ] [ UNTIL expression ] ';' statement { statement } END_REPEAT ';'
increment = id ':=' numeric TO numeric [ BY numeric ]

expression = numeric [ relation numeric ]
relation = '<' | '>' | '<=' | '>=' | '<>' | '=' | ':<>:' | ':=:' | IN | LIKE
numeric = term { ( '+' | '-' | OR | XOR ) term }
term = factor { ( '*' | '/' | DIV | MOD | AND | '||' ) factor }
factor = simple_factor [ '**' simple_factor ]
simple_factor = aggregate | make | interval | query | [ '+' | '-' | NOT ] ( '(' expression ')' | primary )
aggregate = '[' [ element { ',' element } ] ']'
element = expression [ ':' numeric ]
make = id '(' [ expression { ',' expression } ] ')'
interval = '{' numeric ( '<' | '<=' ) numeric ( '<' | '<=' ) numeric '}'
query = QUERY '(' id '<*' numeric '|' expression ')'
primary = literal | string | ( SELF | '?' | id | id '(' expression { ',' expression } ')' ) { qualifier }
qualifier = '.' id | '\\\\' id | '[' numeric [ ':' numeric ] ']'
"""

_KINDS = {IDENTIFIER: "id", STRING: "string", LITERAL: "literal"}
_SAMPLES = {
    "id": ["a", "b_1", "item", "sizeof", "pi", "with", "fixed"],
    "string": ["'it''s'", "''", '"0000304A"'],
    "literal": ["1", "2.", "3.5E-7", "%0110", "TRUE", "false", "UNKNOWN"],
}


@cache
def language() -> Language:
    """The language, built once."""
    return Language(GRAMMAR, _SAMPLES)


def knows(source: bytes) -> bool:
    """Is this a source of the grammar?"""
    text = Text(source)
    tokens = [
        (_KINDS.get(its, ""), token.upper()) for token, its in zip(text.tokens, text.classes, strict=False) if token
    ]
    return language().knows(("", token) if token == "?" else (kind, token) for kind, token in tokens)
