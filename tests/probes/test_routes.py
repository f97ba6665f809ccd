"""Interfaces that a program declares: found in code and configuration, held against what descriptions tell."""

import struct
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.api.annotated import Skeleton, classes
from cpo_probes.api.class_annotations import read_annotations
from cpo_probes.api.routes.probe import RouteProbe
from cpo_probes.api.routes.route import segments
from cpo_scan.probe import Unreadable
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import read_table


def names(path: str, source: str, **more: bytes) -> list[str]:
    result = run_probe(RouteProbe, {path: source.encode(), **more})
    assert result.rows == []
    return sorted(name for row in result.findings for name in row["attributes"].get("undocumented", ()))


def openapi(*operations: str) -> bytes:
    paths: dict[str, Any] = {}
    for verb, path in (operation.split() for operation in operations):
        paths.setdefault(path, {})[verb.lower()] = {"responses": {"200": {"description": "done"}}}
    return msgspec.json.encode({"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": paths})


def test_metadata() -> None:
    check_metadata(RouteProbe)


FASTAPI = """
from fastapi import APIRouter
router = APIRouter(prefix="/orders")

@router.get("")
def all(): ...

@router.post("/{order_id}/lines", status_code=201)
async def add(order_id: int): ...

@router.get("/secret", include_in_schema=False)
def secret(): ...

# @router.get("/commented-out")
text = '@router.get("/in-a-string")'
"""


def test_decorated_functions_are_routes_with_the_prefix_of_their_router() -> None:
    assert names("app.py", FASTAPI) == ["GET /orders", "POST /orders/{order_id}/lines"]


def test_a_route_that_is_kept_out_of_the_description_is_counted_apart() -> None:
    (row,) = run_probe(RouteProbe, {"app.py": FASTAPI.encode()}).findings
    assert row["attributes"]["internal_endpoints"] == 1
    assert row["attributes"]["endpoints"] == 2


def test_a_declared_interface_is_no_description() -> None:
    (row,) = run_probe(RouteProbe, {"app.py": FASTAPI.encode()}).findings
    assert row["strength"] == "named"
    assert row["attributes"]["described"] is False
    assert row["attributes"]["description_shipped"] is False
    assert row["evidence"][0]["locator"]["line"] == 5


def test_what_a_shipped_description_tells_of_is_documented() -> None:
    described = openapi("GET /api/v2/orders", "DELETE /api/v2/orders/{id}/lines")
    (row,) = run_probe(RouteProbe, {"app.py": FASTAPI.encode(), "openapi.json": described}).findings
    assert row["attributes"]["documented_endpoints"] == 1
    assert row["attributes"]["undocumented_endpoints"] == 1
    assert row["attributes"]["undocumented"] == ["POST /orders/{order_id}/lines"]
    assert row["attributes"]["description_shipped"] is True


def test_a_path_of_variables_alone_is_not_documented_by_every_operation_that_ends_in_one() -> None:
    source = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/{anything}")\ndef f(): ...\n'
    assert names("app.py", source, **{"openapi.json": openapi("GET /orders/{id}")}) == ["GET /{anything}"]
    assert names("app.py", source, **{"openapi.json": openapi("GET /{id}")}) == []


BLUEPRINT = """
from flask import Blueprint
b = Blueprint("b", __name__, url_prefix="/b")
@b.route("/c")
def f(): ...
"""
DJANGO = """
from django.urls import path, include
urlpatterns = [path("e/<int:id>/", v), path("x/", include("y"))]
"""
APPBUILDER = """
from flask_appbuilder.api import expose
class PartApi(ModelRestApi):
    resource_name = "part"
    @expose("/<pk>", methods=("GET", "DELETE"))
    def one(self, pk): ...
"""
PYTHON = [
    ('import flask\n@app.route("/a", methods=["GET", "PUT"])\ndef f(): ...', ["GET /a", "PUT /a"]),
    (BLUEPRINT, ["GET /b/c"]),
    ('from flask import Flask\napp.add_url_rule("/d", view_func=v)', ["GET /d"]),
    (DJANGO, ["/e/<int:id>"]),
    (APPBUILDER, ["DELETE /api/v1/part/<pk>", "GET /api/v1/part/<pk>"]),
    ('from aiohttp import web\napp.router.add_get("/f", handler)', ["GET /f"]),
    ('from rest_framework import routers\nr = routers.DefaultRouter()\nr.register(r"g", V)', ["/g"]),
    ('import requests\nrequests.get("/not/a/route")\n# flask', []),
    ('import flask\nclient.get("/not/decorated")', []),
    ('import fastapi\n@pytest.mark.parametrize("/x", [])\ndef f(): ...', []),
]


@pytest.mark.parametrize(("source", "expected"), PYTHON)
def test_python_frameworks(source: str, expected: list[str]) -> None:
    assert [name.rstrip("/") for name in names("x.py", source)] == [name.rstrip("/") for name in expected]


JAVA = """
package org.example;
import jakarta.ws.rs.*;
/** {@code @GET @Path("/in-a-comment")} */
@Path("/orders")
public class Orders {
    String decoy = "@GET @Path(\\"/in-a-string\\")";
    @GET
    public List<Order> all() { return null; }
    @DELETE @Path("{id}")
    public void delete(@PathParam("id") String id) {}
    public void other() {}
}
"""
SPRING = """
import org.springframework.web.bind.annotation.*;
@RestController
@RequestMapping("/api")
class Api {
    @GetMapping({"/a", "/b"}) String a() { return ""; }
    @RequestMapping(value = "/c", method = {RequestMethod.POST, RequestMethod.PUT}) void c() {}
}
"""


def test_java_sources() -> None:
    assert names("Orders.java", JAVA) == ["DELETE /orders/{id}", "GET /orders"]
    assert names("Api.java", SPRING) == ["GET /api/a", "GET /api/b", "POST /api/c", "PUT /api/c"]


def test_a_client_is_no_interface_that_is_offered() -> None:
    source = "import org.springframework.web.bind.annotation.*;\nimport org.springframework.cloud.openfeign.*;\n"
    assert names("C.java", source + '@FeignClient("x") interface C { @GetMapping("/a") String a(); }') == []


def test_annotations_of_other_packages_are_none() -> None:
    assert (
        names("Api.java", SPRING.replace("org.springframework.web.bind.annotation", "org.springframework.mine")) == []
    )


def test_web_services_and_listeners() -> None:
    result = run_probe(
        RouteProbe,
        {
            "Svc.java": b'import javax.jws.WebService;\n@WebService(serviceName = "Orders")\npublic class Svc {}\n',
            "L.java": b"import org.springframework.jms.annotation.JmsListener;\n"
            b'class L { @JmsListener(destination = "orders.new") void on(String s) {} }\n',
        },
    )
    found = {(row["attributes"]["interface"], row["attributes"]["family"]) for row in result.findings}
    assert found == {("soap", "wsdl"), ("messaging", "asyncapi")}


def test_a_channel_that_an_asyncapi_document_describes_is_documented() -> None:
    described = msgspec.json.encode(
        {"asyncapi": "2.6.0", "info": {"title": "E", "version": "1"}, "channels": {"orders.new": {}}}
    )
    listener = (
        b"import org.springframework.jms.annotation.JmsListener;\n"
        b'class L { @JmsListener(destination = "orders.new") void a(String s) {}\n'
        b'@JmsListener(destination = "orders.old") void b(String s) {} }\n'
    )
    (row,) = run_probe(RouteProbe, {"L.java": listener, "asyncapi.json": described}).findings
    assert row["attributes"]["documented_endpoints"] == 1
    assert row["attributes"]["undocumented"] == ["orders.old"]


CSHARP = """
using Microsoft.AspNetCore.Mvc;
[ApiController, Route("api/[controller]")]
public class OrdersController : ControllerBase {
    [HttpGet("{id:int}")] public Order Get(int id) => null;
    [HttpPost] [Authorize] public void Post([FromBody] Order order) { var x = list[Index]; }
    [HttpGet("/absolute")] public void Absolute() { }
}
"""


def test_csharp_attributes_and_minimal_apis() -> None:
    assert names("OrdersController.cs", CSHARP) == ["GET /absolute", "GET /api/Orders/{id:int}", "POST /api/Orders"]
    assert names("Program.cs", 'app.MapGet("/health", () => "ok"); app.MapGet(variable, f);') == ["GET /health"]


EXPRESS = 'import express from "express";\nconst app = express();\n'
FASTIFY = (
    'const f = require("fastify")();\nmodule.exports = (fastify) => { fastify.route({ method: "GET", url: "/c" }) }'
)
JAVASCRIPT = [
    ('const app = require("express")();\nconst r = express.Router();\nr.post("/a", h); app.get("b");', ["POST /a"]),
    (EXPRESS + 'app.get("/a/:id", h); axios.get("/b", o);', ["GET /a/:id"]),
    (EXPRESS + "// app.get('/commented', h)\nconst s = 'app.get(\"/x\", h)'", []),
    (FASTIFY, ["GET /c"]),
    ('import { Hono } from "hono";\nconst app = new Hono();\napp.delete(`/d`, h)', ["DELETE /d"]),
    ('const app = express();\napp.get("/not-imported", h)', []),
    ('const x = require("axios"); x.get("/e", { express: 1 });', []),
]


@pytest.mark.parametrize(("source", "expected"), JAVASCRIPT)
def test_javascript_servers(source: str, expected: list[str]) -> None:
    assert names("x.js", source) == expected


def test_decorators_in_source_and_as_the_compiler_writes_them() -> None:
    source = (
        'import { Controller, Get } from "@nestjs/common";\n@Controller("cats")\n'
        'export class Cats {\n  @Get(":id")\n  one() {}\n}\n'
    )
    compiled = (
        'const common_1 = require("@nestjs/common");\nlet Cats = class Cats {};\n'
        '__decorate([(0, common_1.Get)(":id"), __metadata("x", 1)], Cats.prototype, "one", null);\n'
        'Cats = __decorate([(0, common_1.Controller)("cats")], Cats);\n'
    )
    assert names("cats.ts", source) == ["GET /cats/:id"]
    assert names("cats.js", compiled) == ["GET /cats/:id"]


def test_a_bundle_is_left_out_and_said() -> None:
    result = run_probe(RouteProbe, {"bundle.js": b'require("express");' + b" " * 2**20})
    assert result.findings == []
    assert [(row.reason.code, row.severity) for row in result.rows] == [("source.generated", "by_design")]


def test_servlets_that_are_interfaces_and_not_those_that_show_pages() -> None:
    web = b"""<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee">
    <servlet><servlet-name>rest</servlet-name><servlet-class>org.glassfish.jersey.servlet.ServletContainer</servlet-class></servlet>
    <servlet><servlet-name>page</servlet-name><servlet-class>org.example.Page</servlet-class></servlet>
    <servlet-mapping><servlet-name>rest</servlet-name><url-pattern>/api/*</url-pattern></servlet-mapping>
    <servlet-mapping><servlet-name>page</servlet-name><url-pattern>/page</url-pattern></servlet-mapping></web-app>"""
    assert names("WEB-INF/web.xml", web.decode()) == ["/api/*"]
    described = {"openapi.json": openapi("GET /api/orders")}
    assert names("WEB-INF/web.xml", web.decode(), **described) == ["/api/*"]


DISCO = b"""<discovery xmlns="http://schemas.xmlsoap.org/disco/">
<contractRef ref="http://me:secret@plm.example/orders.asmx?wsdl" docRef="x" xmlns="http://schemas.xmlsoap.org/disco/scl/"/>
<discoveryRef ref="parts.disco"/></discovery>"""
WSIL = b"""<inspection xmlns="http://schemas.xmlsoap.org/ws/2001/10/inspection/"><service>
<description referencedNamespace="http://schemas.xmlsoap.org/wsdl/" location="parts.wsdl"/>
<description referencedNamespace="urn:uddi-org:api"/></service></inspection>"""


def test_discovery_documents_declare_services_and_describe_none() -> None:
    assert names("api/orders.disco", DISCO.decode()) == ["http://plm.example/orders.asmx"]
    assert names("inspection.wsil", WSIL.decode()) == ["parts.wsdl"]
    declared = run_probe(RouteProbe, {"inspection.wsil": WSIL}).one("api.description")
    assert (declared["interface"], declared["described"], declared["description_shipped"]) == ("soap", False, False)


def test_a_discovery_document_of_a_client_declares_nothing() -> None:
    client = {"Web References/orders/orders.disco": DISCO, "Web References/orders/Reference.map": b"<x/>"}
    assert run_probe(RouteProbe, client).findings == []


XMLRPC = """
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(("localhost", 8000))
server.register_introspection_functions()
server.register_function(pow)
server.register_function(lambda x, y: x + y, "add")
server.register_function(orders.close, name="orders.close")
server.register_function(lambda: 0)
"""


def test_functions_of_xml_rpc_servers_are_interfaces_without_a_description() -> None:
    declared = run_probe(RouteProbe, {"server.py": XMLRPC.encode()}).one("api.description")
    assert (declared["family"], declared["interface"], declared["description_shipped"]) == ("xmlrpc", "xmlrpc", False)
    assert declared["undocumented"] == ["pow", "add", "orders.close"]
    assert names("XmlRpcServlet.properties", "# handlers\nCalc = org.example.Calc\nnothing\n") == ["Calc"]


def test_registered_com_classes_and_hosted_services() -> None:
    registry = (
        "Windows Registry Editor Version 5.00\r\n\r\n"
        "[HKEY_CLASSES_ROOT\\CLSID\\{00000000-1111-2222-3333-444444444444}\\LocalServer32]\r\n"
        '@="tool.exe"\r\n[HKEY_CLASSES_ROOT\\.abc]\r\n'
    ).encode("utf-16")
    result = run_probe(
        RouteProbe, {"tool.reg": registry, "o.svc": b'<%@ ServiceHost Language="C#" Service="My.Orders" %>'}
    )
    assert {row["attributes"]["interface"]: row["attributes"]["undocumented"] for row in result.findings} == {
        "com": ["{00000000-1111-2222-3333-444444444444}"],
        "soap": ["My.Orders"],
    }


# -- class files


def class_file(
    name: str, own: list[tuple[str, dict[str, str]]], methods: list[list[tuple[str, dict[str, str]]]]
) -> bytes:
    """A class with annotations whose members are strings."""
    constants: list[bytes] = []

    def utf8(text: str) -> int:
        entry = b"\1" + struct.pack(">H", len(text.encode())) + text.encode()
        if entry not in constants:
            constants.append(entry)
        return constants.index(entry) + 1

    def annotations(listed: list[tuple[str, dict[str, str]]]) -> bytes:
        body = struct.pack(">H", len(listed))
        for kind, values in listed:
            body += struct.pack(">HH", utf8(f"L{kind};"), len(values))
            for key, value in values.items():
                body += struct.pack(">HB", utf8(key), 0x73) + struct.pack(">H", utf8(value))
        return struct.pack(">HI", utf8("RuntimeVisibleAnnotations"), len(body)) + body

    this = utf8(name)
    constants.append(b"\7" + struct.pack(">H", this))
    number = len(constants)
    listed = b"".join(struct.pack(">HHHH", 1, utf8("m"), utf8("()V"), 1) + annotations(method) for method in methods)
    tail = struct.pack(">HHHHH", 1, number, 0, 0, 0) + struct.pack(">H", len(methods)) + listed
    tail += struct.pack(">H", 1) + annotations(own)
    head = b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, 61, len(constants) + 1)
    return head + b"".join(constants) + tail


RESOURCE = class_file(
    "org/example/Orders",
    [("jakarta/ws/rs/Path", {"value": "/orders"})],
    [[("jakarta/ws/rs/GET", {})], [("jakarta/ws/rs/POST", {}), ("jakarta/ws/rs/Path", {"value": "{id}"})]],
)


def test_class_files_declare_what_their_sources_did() -> None:
    result = run_probe(RouteProbe, {"org/example/Orders.class": RESOURCE})
    assert result.one("api.description")["undocumented"] == ["GET /orders", "POST /orders/{id}"]


@given(st.data())
def test_a_damaged_class_file_is_unreadable_and_nothing_worse(data: st.DataObject) -> None:
    damaged = bytearray(RESOURCE)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        read_annotations(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


# -- reading


@given(st.text(alphabet="ab\"'`/*\\\n@(){};,=[ ]", max_size=80))
def test_a_skeleton_keeps_every_character_in_its_place(source: str) -> None:
    skeleton = Skeleton(source)
    assert len(skeleton.text) == len(source)
    line_ends = {at for at, one in enumerate(source) if one == "\n"}
    assert {at for at, one in enumerate(skeleton.text) if one == "\n"} <= line_ends
    for language in ("java", "csharp", "typescript"):
        classes(skeleton, language)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/{id}/b", ("a", "", "b")),
        ("a/<int:id>/", ("a", "")),
        ("/a/:id", ("a", "")),
        ("^a/(?P<id>[0-9]+)/$", ("a", "")),
        ("/A/{x}-{y}", ("a", "")),
        ("", ()),
    ],
)
def test_variables_of_all_styles_are_one(path: str, expected: tuple[str, ...]) -> None:
    assert segments(path) == expected


def test_every_interface_of_the_rules_has_a_family() -> None:
    rules = read_table("routes").data
    used = {row["interface"] for row in (*rules["annotations"], *rules["servlets"])} | {"http", "com", "soap", "xmlrpc"}
    assert used <= rules["interfaces"].keys()


PRODUCT = {
    "a.py": FASTAPI.encode(),
    "b.java": JAVA.encode(),
    "c.cs": CSHARP.encode(),
    "d.class": RESOURCE,
    "e.js": JAVASCRIPT[1][0].encode(),
}


def test_order_does_not_matter() -> None:
    check_determinism(RouteProbe, {**PRODUCT, "openapi.json": openapi("GET /orders")})


def test_damaged_files_are_survived() -> None:
    assert check_hostile(RouteProbe, {name: PRODUCT[name] for name in ("a.py", "c.cs", "d.class")})
    assert check_hostile(RouteProbe, {"f.disco": DISCO, "g.wsil": WSIL, "XmlRpcServlet.properties": b"A = b"})
