"""Interface descriptions: one short document of each language."""

from tests.exchange.examples import Example, xml

_CSDL = (
    '<e:DataServices><Schema Namespace="a" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="Part"/>'
    "</Schema></e:DataServices>"
)
_INFO = "info:\n  title: a\n  version: '1'\n"
INTERFACES = [
    Example(told, standard, version, name, data, "api.description")
    for told, standard, version, name, data in (
        ("OpenAPI 3, YAML", "openapi", "3.1.0", "openapi.yaml", f"openapi: 3.1.0\n{_INFO}paths: {{}}\n".encode()),
        (
            "OpenAPI 3, JSON",
            "openapi",
            "3.0.3",
            "a.json",
            b'{"openapi":"3.0.3","info":{"title":"a","version":"1"},"paths":{}}',
        ),
        ("Swagger 2", "openapi", "2.0", "swagger.yaml", f'swagger: "2.0"\n{_INFO}paths: {{}}\n'.encode()),
        ("AsyncAPI", "asyncapi", "3.0.0", "asyncapi.yaml", f"asyncapi: 3.0.0\n{_INFO}channels: {{}}\n".encode()),
        (
            "GraphQL",
            "graphql",
            None,
            "a.graphql",
            b"type Query {\n  part(id: ID!): Part\n}\ntype Part {\n  name: String\n}\n",
        ),
        (
            "GraphQL, introspection",
            "graphql",
            None,
            "a.json",
            b'{"data":{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"OBJECT","name":"Q","fields":[]}]}}}',
        ),
        ("WSDL 1.1", "wsdl", "1.1", "a.wsdl", xml("w:definitions", 'xmlns:w="http://schemas.xmlsoap.org/wsdl/"')),
        (
            "WSDL 2.0",
            "wsdl",
            "2.0",
            "a.wsdl",
            xml("description", 'xmlns="http://www.w3.org/ns/wsdl" targetNamespace="urn:a"'),
        ),
        ("WADL", "wadl", None, "a.wadl", xml("application", 'xmlns="http://wadl.dev.java.net/2009/02"')),
        (
            "OData 4",
            "odata",
            "4.0",
            "a.edmx",
            xml("e:Edmx", 'Version="4.0" xmlns:e="http://docs.oasis-open.org/odata/ns/edmx"', _CSDL),
        ),
        (
            "OData 3",
            "odata",
            None,
            "a.edmx",
            xml("e:Edmx", 'Version="1.0" xmlns:e="http://schemas.microsoft.com/ado/2007/06/edmx"', _CSDL),
        ),
        (
            "Protocol Buffers",
            "protobuf",
            "proto3",
            "a.proto",
            b'// made\nsyntax = "proto3";\nmessage M { string s = 1; }\n',
        ),
        (
            "IDL",
            "idl",
            None,
            "a.idl",
            b'#pragma prefix "a.org"\nmodule A {\n  interface B {\n    void run(in long x);\n  };\n};\n',
        ),
        ("RAML", "raml", "1.0", "a.raml", b"#%RAML 1.0\ntitle: a\n"),
    )
]
