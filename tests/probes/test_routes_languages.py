"""Routes and methods that programs in Go, PHP, Ruby, Rust, Java and C# declare, views of Zope, and assemblies."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.routes.probe import RouteProbe
from cpo_probes.api.routes.rails import rails_routes
from cpo_scan.probe.testing import check_determinism, check_hostile, run_probe
from tests.probe.managed import assembly
from tests.probe.native import pe


def names(path: str, source: str | bytes) -> list[str]:
    content = source if isinstance(source, bytes) else source.encode()
    result = run_probe(RouteProbe, {path: content})
    assert result.rows == []
    return sorted(name for row in result.findings for name in row["attributes"].get("undocumented", ()))


def interfaces(path: str, source: str) -> set[tuple[str, str]]:
    result = run_probe(RouteProbe, {path: source.encode()})
    return {(row["attributes"]["interface"], row["attributes"]["framework"]) for row in result.findings}


GIN = 'package main\nimport "github.com/gin-gonic/gin"\n'
GO = [
    (
        GIN + 'func main() { r := gin.Default(); v1 := r.Group("/v1"); o := v1.Group("/orders")\n'
        'r.GET("/health", h); o.POST("/:id/lines", add); o.Any("/any", h); r.Handle("PUT", "/put", h)\n'
        '// r.GET("/commented", h)\n s := "r.GET(\\"/text\\", h)" }',
        ["/v1/orders/any", "GET /health", "POST /v1/orders/:id/lines", "PUT /put"],
    ),
    (
        'import "net/http"\nfunc main() { http.HandleFunc("/a", f); mux.HandleFunc("POST /b/{id}", g)\n'
        'http.Get("https://example.com/no"); http.Handle("/c", files) }',
        ["/a", "/c", "POST /b/{id}"],
    ),
    (
        'import "github.com/gorilla/mux"\nfunc m() { r.HandleFunc("/d/{id}", d).Methods("GET", "PUT")\n'
        'r.HandleFunc("/e", e) }',
        ["/e", "GET /d/{id}", "PUT /d/{id}"],
    ),
    ('import "github.com/go-chi/chi/v5"\nfunc m() { r.Get("/f", f); client.Get(url) }', ["GET /f"]),
    ('import (\n  "github.com/labstack/echo/v4"\n)\nfunc m() { e.DELETE("/g/:id", g) }', ["DELETE /g/:id"]),
    (
        'import "github.com/gofiber/fiber/v2"\nfunc m() { api := app.Group("/api"); api.Patch("/h", h) }',
        ["PATCH /api/h"],
    ),
    (
        'import (\n"net/http"\n"github.com/julienschmidt/httprouter"\n)\n'
        'func m() { r.HandlerFunc(http.MethodGet, "/rest/i", i); r.POST("/j", j) }',
        ["GET /rest/i", "POST /j"],
    ),
    ('package x\nfunc m() { r.GET("/not-imported", h) } // net/http', []),
]


@pytest.mark.parametrize(("source", "expected"), GO)
def test_go_servers(source: str, expected: list[str]) -> None:
    assert names("main.go", source) == expected


LARAVEL = "<?php\nuse Illuminate\\Support\\Facades\\Route;\n"
PHP = [
    (
        LARAVEL + "Route::get('/orders/{id}', [OrderController::class, 'show']);\nRoute::any('ping', fn () => 1);\n"
        "// Route::get('/commented', f);\nRoute::apiResource('parts', PartController::class);\n$http->get('/no', 1);",
        [
            "/ping",
            "DELETE /parts/{id}",
            "GET /orders/{id}",
            "GET /parts",
            "GET /parts/{id}",
            "POST /parts",
            "PUT /parts/{id}",
        ],
    ),
    (
        "<?php\nuse Symfony\\Component\\Routing\\Attribute\\Route;\n#[Route('/shop', name: 'shop_')]\nclass Shop {\n"
        "  #[Route('/orders', methods: ['GET', 'POST']), IsGranted('USER')]\n  public function list() {}\n"
        "  #[Route(path: '/ping')]\n  public function ping() { return [Foo::class, Bar::class]; }\n}",
        ["/shop/ping", "GET /shop/orders", "POST /shop/orders"],
    ),
    (
        "<?php\nuse Slim\\Factory\\AppFactory;\n$app->put('/a/{id}', $h);\n$app->map(['GET'], '/b', $h);",
        ["PUT /a/{id}"],
    ),
    ('<?php\nxmlrpc_server_register_method($server, "parts.find", "find");', ["parts.find"]),
    ("<?php\n$app->get('/not-imported', $h); // Slim", []),
]


@pytest.mark.parametrize(("source", "expected"), PHP)
def test_php_frameworks(source: str, expected: list[str]) -> None:
    assert names("index.php", source) == sorted(expected)


RUST = [
    ('use axum::{routing::get, Router};\nfn m() { Router::new().route("/a", get(f).post(g)) }', ["GET /a", "POST /a"]),
    ('use actix_web::{get, App};\n#[get("/b/{id}")]\nasync fn b() {}\n', ["GET /b/{id}"]),
    ('use rocket::{get, routes};\n#[post("/c", data = "<d>")]\nfn c() {}\n#[derive(Debug)]\nstruct S;', ["POST /c"]),
]


@pytest.mark.parametrize(("source", "expected"), RUST)
def test_rust_frameworks(source: str, expected: list[str]) -> None:
    assert names("main.rs", source) == expected


RAILS = """
Rails.application.routes.draw do
  root "pages#home"
  # get "/commented", to: "x#y"
  get "/health", to: "health#show"  # alive
  namespace :api do
    scope "/v1" do
      resources :orders, only: [:index, :show] do
        member do
          post :close
        end
        collection do
          get "open"
        end
        get :late, on: :collection
        resources :lines, except: %i[create update destroy]
      end
      resource :profile, only: :show
      resources :companies, :parts, only: [:index]
      resources :users, :controller => 'people', :only => [:index, :update]
    end
  end
  concern :noted do
    resources :notes
  end
  if Rails.env.development?
    delete "cache/:key" => "cache#clear"
  end
  scope path: "/admin" do
    match "sync", to: "sync#run", via: [:get, :post]
  end
  mount Sidekiq::Web => "/sidekiq"
end
"""


def test_routes_of_ruby_on_rails() -> None:
    assert names("config/routes.rb", RAILS) == sorted(
        [
            "GET /health", "GET /api/v1/orders", "GET /api/v1/orders/:id", "POST /api/v1/orders/:order_id/close",
            "GET /api/v1/orders/open", "GET /api/v1/orders/late", "GET /api/v1/orders/:order_id/lines",
            "GET /api/v1/orders/:order_id/lines/:id", "GET /api/v1/profile", "GET /api/v1/companies",
            "GET /api/v1/parts", "GET /api/v1/users", "PATCH /api/v1/users/:id",
            "DELETE /cache/:key", "GET /admin/sync", "POST /admin/sync",
        ]
    )  # fmt: skip
    assert interfaces("config/routes.rb", RAILS) == {("http", "rails")}
    assert names("lib/x.rb", 'get "/not-a-route-file", to: "x"') == []


@given(st.text("resources get :abc/\"' do\nend#[]=>,(){}|", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_as_routes_to_an_end(text: str) -> None:
    assert all(route.path.startswith("/") for route in rails_routes(text))


ZCML = """<configure xmlns="http://namespaces.zope.org/zope" xmlns:browser="http://namespaces.zope.org/browser"
  xmlns:plone="http://namespaces.plone.org/plone">
  <browser:page name="export.csv" for="*" class=".views.Export" permission="zope2.View"/>
  <browser:page name="front" for="*" template="front.pt" permission="zope2.View"/>
  <plone:service method="PATCH" name="@parts" for="*" factory=".services.Parts" permission="x"/>
  <utility name="no" factory="x"/></configure>"""


def test_views_and_services_of_zope() -> None:
    assert names("configure.zcml", ZCML) == ["/@@export.csv", "PATCH /@parts"]
    assert interfaces("configure.zcml", ZCML) == {("http", "zope"), ("http", "plone.rest")}


def test_xml_rpc_servers_in_other_languages() -> None:
    java = "import org.apache.xmlrpc.server.PropertyHandlerMapping;\n"
    java += 'class A { void m() { phm.addHandler("Calc", C.class); } }'
    assert names("A.java", java) == ["Calc"]
    assert interfaces("A.java", java) == {("xmlrpc", "apache-xmlrpc")}
    assert names("s.rb", 'require "xmlrpc/server"\ns.add_handler("parts.find") do |x|\nend\n') == ["parts.find"]
    csharp = "using CookComputing.XmlRpc;\npublic class S : XmlRpcService {\n"
    csharp += '[XmlRpcMethod("parts.find")] public int F() => 1; }'
    assert names("S.cs", csharp) == ["parts.find"]
    proxy = 'using CookComputing.XmlRpc;\n[XmlRpcUrl("http://a")] interface I : IXmlRpcProxy '
    proxy += '{ [XmlRpcMethod("x")] int F(); }'
    assert names("I.cs", proxy) == []


def test_a_servlet_without_a_path_is_reached_by_none() -> None:
    source = "import jakarta.servlet.annotation.WebServlet;\n@WebServlet(asyncSupported = true)\nclass Base {}"
    assert names("Base.java", source) == []


def test_a_generated_client_offers_no_service() -> None:
    service = (
        "using System.ServiceModel;\n[ServiceContract] public interface IOrders { [OperationContract] int Count(); }"
    )
    assert names("I.cs", service) == ["IOrders"]
    generated = "using System.CodeDom.Compiler;\nusing System.ServiceModel;\n"
    generated += '[GeneratedCode("System.ServiceModel", "4.0")] [ServiceContract] public interface IOrders { }'
    assert names("R.cs", generated) == []
    server = (
        'using Microsoft.AspNetCore.Mvc;\nusing System.CodeDom.Compiler;\n[GeneratedCode("NSwag", "1")] [Route("a")]\n'
    )
    assert names("C.cs", server + 'public class C { [HttpGet("b")] public int F() => 1; }') == ["GET /a/b"]


PRODUCT: dict[str, Any] = {
    "main.go": GO[0][0].encode(),
    "index.php": PHP[1][0].encode(),
    "main.rs": RUST[0][0].encode(),
    "config/routes.rb": RAILS.encode(),
    "configure.zcml": ZCML.encode(),
}


def test_order_does_not_matter_and_damage_breaks_nothing() -> None:
    check_determinism(RouteProbe, PRODUCT)
    assert check_hostile(RouteProbe, PRODUCT)


API = (("Acme", "Orders", 0x1, (("Find", 6, 1),), ()), ("Acme", "Hidden", 0x0, (("Find", 6, 1),), ()))


def marked(attribute: str, space: str, *marks: int) -> bytes:
    return assembly(API, attribute=attribute, space=space, marks=(marks[0], marks[1]))


METHOD, TYPE = 0, 3  # ECMA-335 II.24.2.6: tags of what carries an attribute


def test_attributes_in_assemblies_are_routes() -> None:
    assert names("a.dll", marked("HttpGetAttribute", "Microsoft.AspNetCore.Mvc", METHOD, 1)) == ["GET /Acme"]
    assert names("a.dll", marked("ServiceContractAttribute", "System.ServiceModel", TYPE, 2)) == ["Orders"]
    assert names("a.dll", marked("XmlRpcMethodAttribute", "CookComputing.XmlRpc", METHOD, 1)) == ["Acme"]


def test_types_that_are_not_public_and_attributes_of_others_are_none() -> None:
    assert names("a.dll", marked("HttpGetAttribute", "Microsoft.AspNetCore.Mvc", METHOD, 2)) == []
    assert names("a.dll", marked("HttpGetAttribute", "Acme.Own", METHOD, 1)) == []
    assert names("a.dll", pe({}) + b"HttpGetAttribute") == []


def test_a_damaged_assembly_is_unreadable_and_nothing_worse() -> None:
    sound = marked("HttpGetAttribute", "Microsoft.AspNetCore.Mvc", METHOD, 1)
    assert check_hostile(RouteProbe, {"a.dll": sound})
