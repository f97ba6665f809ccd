"""Namespaces that schemas refer to without shipping them: their names, declared here in our own words.

Enough to resolve and compile what refers to them, no more: the attributes of XML itself, the encoding of SOAP, media
types of binary content, the root element of schemas. A schema that a product ships for one of these namespaces goes
first.
"""

_XSD = "http://www.w3.org/2001/XMLSchema"
_XML = "http://www.w3.org/XML/1998/namespace"
_MEDIA = "http://www.w3.org/2005/05/xmlmime"
_SOAP = ("http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding")
_NAMES = """
    string normalizedString token language Name NCName NMTOKEN NMTOKENS ID IDREF IDREFS ENTITY ENTITIES QName NOTATION
    anyURI base64Binary hexBinary boolean float double decimal integer nonPositiveInteger negativeInteger long int short
    byte nonNegativeInteger unsignedLong unsignedInt unsignedShort unsignedByte positiveInteger dateTime time date
    gYearMonth gYear gMonthDay gDay gMonth duration
"""
SIMPLE = frozenset(_NAMES.split())
"""The simple types of XML Schema 1.0 part 2 §3; SOAP 1.1 §5.2.1 takes over all of them."""
_IN_SOAP = sorted(SIMPLE - {"ENTITY", "ENTITIES", "NOTATION"})


def _schema(namespace: str, content: str) -> str:
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{namespace}" targetNamespace="{namespace}">'
        f"{content}</xs:schema>"
    )


def _soap() -> str:
    """SOAP 1.1 §5: arrays, structs, and each simple type as an element and as a type that may have an id or an href."""
    simple = "".join(
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="xs:{name}">'
        f'<xs:attributeGroup ref="t:commonAttributes"/></xs:extension></xs:simpleContent></xs:complexType>'
        f'<xs:element name="{name}" type="t:{name}"/>'
        for name in _IN_SOAP
    )
    any_content = (
        '<xs:sequence><xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
        "</xs:sequence>"
    )
    both = '<xs:attributeGroup ref="t:arrayAttributes"/><xs:attributeGroup ref="t:commonAttributes"/>'
    return (
        '<xs:attributeGroup name="commonAttributes"><xs:attribute name="id" type="xs:ID"/>'
        '<xs:attribute name="href" type="xs:anyURI"/>'
        '<xs:anyAttribute namespace="##other" processContents="lax"/></xs:attributeGroup>'
        '<xs:attribute name="arrayType" type="xs:string"/><xs:attribute name="offset" type="xs:string"/>'
        '<xs:attribute name="position" type="xs:string"/><xs:attribute name="root" type="xs:boolean"/>'
        '<xs:attribute name="itemType" type="xs:string"/><xs:attribute name="arraySize" type="xs:string"/>'
        '<xs:attribute name="nodeType" type="xs:string"/>'
        '<xs:attributeGroup name="arrayAttributes"><xs:attribute ref="t:arrayType"/><xs:attribute ref="t:offset"/>'
        '<xs:attribute ref="t:itemType"/><xs:attribute ref="t:arraySize"/></xs:attributeGroup>'
        '<xs:attributeGroup name="arrayMemberAttributes"><xs:attribute ref="t:position"/></xs:attributeGroup>'
        f'<xs:group name="Array">{any_content}</xs:group><xs:group name="Struct">{any_content}</xs:group>'
        f'<xs:complexType name="Array"><xs:group ref="t:Array" minOccurs="0"/>{both}</xs:complexType>'
        '<xs:complexType name="Struct"><xs:group ref="t:Struct" minOccurs="0"/>'
        '<xs:attributeGroup ref="t:commonAttributes"/></xs:complexType>'
        '<xs:element name="Array" type="t:Array"/><xs:element name="Struct" type="t:Struct"/>'
        f'<xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType>{simple}'
    )


def _media() -> str:
    """W3C Note Describing Media Content of Binary Data in XML §2."""
    binary = "".join(
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="xs:{name}">'
        f'<xs:attribute ref="t:contentType"/></xs:extension></xs:simpleContent></xs:complexType>'
        for name in ("base64Binary", "hexBinary")
    )
    return (
        '<xs:attribute name="contentType" type="xs:string"/>'
        f'<xs:attribute name="expectedContentTypes" type="xs:string"/>{binary}'
    )


def _xml() -> str:
    """XML 1.0 §2.10, §2.12; XML Base; xml:id."""
    names = {"lang": "xs:string", "space": "xs:NCName", "base": "xs:anyURI", "id": "xs:ID"}
    return (
        "".join(f'<xs:attribute name="{name}" type="{kind}"/>' for name, kind in names.items())
        + '<xs:attributeGroup name="specialAttrs">'
        + "".join(f'<xs:attribute ref="t:{name}"/>' for name in names)
        + "</xs:attributeGroup>"
    ).replace('"t:', '"xml:')


KNOWN = {
    **{namespace: _schema(namespace, _soap()) for namespace in _SOAP},
    _MEDIA: _schema(_MEDIA, _media()),
    _XSD: f'<xs:schema xmlns:xs="{_XSD}" targetNamespace="{_XSD}"><xs:element name="schema"/></xs:schema>',
    _XML: (f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{_XML}">{_xml()}</xs:schema>'),
}
"""Schema text by namespace."""

KNOWN_TYPES = frozenset(
    {f"{{{namespace}}}{name}" for namespace in _SOAP for name in (*_IN_SOAP, "Array", "Struct", "base64")}
    | {f"{{{_MEDIA}}}{name}" for name in ("base64Binary", "hexBinary")}
)
"""Names of their types, `{namespace}local`."""
