"""Hooks of PHP, Ruby and Lua hosts, Keycloak, Kubernetes, LV2, servers of MCP and LSP; each with a decoy."""

from typing import Any

import pytest

from cpo_probes.sdk.mechanisms import ExtensionProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from cpo_scan.rulebook.data import Tables
from tests.probe.managed import assembly

TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("mechanisms", "documentation")}

WORDPRESS = b"""<?php
/*
 * Plugin Name: Part List
 * Version: 1.2
 * do_action('never', $x);
 */
function show($id) {
    // apply_filters('gone', $id);
    $id = apply_filters( 'acme/part_id', $id );
    do_action("acme_saved_$id", $id);
    do_action_ref_array('acme_saved', array(&$id));
}
"""
DRUPAL = (
    b"<?php\n\\Drupal::moduleHandler()->invokeAll('part_saved', [$part]);\n$moduleHandler->alter('part_form', $form);\n"
)
CRD = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: parts.acme.example.org
spec:
  group: acme.example.org
"""
WEBHOOK = (
    b"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: acme\n"
)
LSP = (
    b"import {createConnection, ProposedFeatures} from 'vscode-languageserver/node';\n"
    b"const c = createConnection(ProposedFeatures.all);\n"
)
MCP = (
    b"import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n"
    b"const s = new McpServer({ name: 'acme-plm', version: '1' });\n"
)
GO = b'package main\nimport "github.com/mark3labs/mcp-go/server"\nvar s = server.NewMCPServer("acme", "1.0")\n'
NSE = b'description = [[x]]\ncategories = {"discovery", "safe"}\naction = function(host, port) end\n'
TTL = (
    b"@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
    b"<http://acme.org/eq>\n"
    b"  a lv2:Plugin , lv2:EQPlugin ;\n"
    b"  lv2:binary <eq.so> .\n"
)


def run(files: dict[str, bytes]) -> Result:
    return run_probe(ExtensionProbe, files, data=DATA)


def names(result: Result, kind: str, mechanism: str) -> list[str]:
    return sorted(row["attributes"]["name"] for row in result.of(kind, mechanism=mechanism))


@pytest.mark.parametrize(
    ("mechanism", "path", "content", "found"),
    [
        ("wordpress", "lib/part.php", WORDPRESS, ["acme/part_id", "acme_saved"]),
        ("drupal-hook", "src/Part.php", DRUPAL, ["part_form", "part_saved"]),
        (
            "ruby-gem",
            "lib/a.rb",
            b"Gem.find_files('acme/plugins/*.rb').each { |f| require f }\n",
            ["acme/plugins/*.rb"],
        ),
        ("keycloak", "META-INF/services/org.keycloak.provider.Spi", b"org.acme.PartSpi\n", ["org.acme.PartSpi"]),
        ("kubernetes", "crds/parts.yaml", CRD, ["parts.acme.example.org"]),
        ("mcp", "src/server.js", MCP, ["acme-plm"]),
        ("mcp", "main.go", GO, ["acme"]),
        ("lsp", "src/acmeServer.js", LSP, ["acmeServer"]),
    ],
)
def test_point_of_each_mechanism(mechanism: str, path: str, content: bytes, found: list[str]) -> None:
    assert names(run({path: content}), "extension.point", mechanism) == found


@pytest.mark.parametrize(
    ("mechanism", "path", "content", "name", "point"),
    [
        ("wordpress", "parts.php", WORDPRESS, "Part List", "plugin"),
        (
            "composer-plugin",
            "composer.json",
            b'{"name": "acme/parts", "type": "typo3-cms-extension"}',
            "acme/parts",
            "typo3-cms-extension",
        ),
        ("ruby-gem", "acme/rubygems_plugin.rb", b"Gem.post_install { }\n", "acme", "rubygems"),
        ("fluentd", "out_plm.rb", b"Fluent::Plugin.register_output('plm', self)\n", "plm", "plugin"),
        (
            "jekyll",
            "tag.rb",
            b"module Jekyll\nend\nLiquid::Template.register_tag('part', Jekyll::Part)\n",
            "part",
            "tag",
        ),
        ("asciidoctor", "ext.rb", b"Asciidoctor::Extensions.register do\nend\n", "ext", "extension"),
        ("nmap", "plm-info.nse", NSE, "plm-info", "script"),
        (
            "wireshark-lua",
            "plm.lua",
            b"local p = Proto('plm', 'PLM')\nDissectorTable.get('tcp.port'):add(1, p)\n",
            "plm",
            "Proto",
        ),
        (
            "vlc-lua",
            "parts.lua",
            b"function descriptor()\n return {title='x'}\nend\nvlc.msg.dbg('x')\n",
            "parts",
            "extension",
        ),
        ("obs-script", "clock.lua", b"obs = obslua\nfunction script_description() return 'x' end\n", "clock", "script"),
        (
            "darktable",
            "x.lua",
            b"local dt = require 'darktable'\ndt.register_storage('plm', 'PLM', f)\n",
            "plm",
            "register",
        ),
        ("keycloak", "META-INF/keycloak-themes.json", b'{"themes": [{"name": "acme"}]}', "keycloak-themes", "theme"),
        ("kubernetes", "hook.yaml", WEBHOOK, "ValidatingWebhookConfiguration", "admission"),
        ("lv2", "eq.lv2/manifest.ttl", TTL, "http://acme.org/eq", "plugin"),
    ],
)
def test_use_of_each_mechanism(mechanism: str, path: str, content: bytes, name: str, point: str) -> None:
    result = run({path: content})
    assert names(result, "extension.use", mechanism) == [name]
    assert result.of("extension.use", mechanism=mechanism)[0]["attributes"]["point"] == point


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("hooks.js", b"do_action('saved'); // Plugin Name: x\n"),
        ("core.php", b"<?php\nfunction do_action( $hook, $arg ) {}\nfunction apply_filters($tag) {}\n"),
        ("part.php", b"<?php\n$form->alter('part', $x);\n$this->invokeAll('part');\n"),
        ("composer.json", b'{"name": "acme/parts", "type": "library"}'),
        ("composer.json", b'{"name": "acme/parts"}'),
        ("a.rb", b"files = Dir.glob('plugins/*')\n# the class Jekyll has tags\n"),
        ("a.lua", b"function descriptor() return 1 end\n"),
        ("proto.lua", b"local Proto = require 'proto'\nProto('x')\n"),
        ("scan.nse", b"categories = 1\naction = 2\n"),
        (
            "crd.yaml",
            b"description: how a CustomResourceDefinition of apiextensions.k8s.io is made\n  name: parts.acme.org\n",
        ),
        ("values.yaml", b"kind: Deployment\nmetadata:\n  name: parts.acme.org\n"),
        (
            "client.js",
            b"import { Client } from '@modelcontextprotocol/sdk/client';\nnew Client({ name: 'x', version: '1' });\n",
        ),
        ("client.ts", b"import { LanguageClient } from 'vscode-languageclient/node';\n"),
        ("main.go", b'package main\nvar s = server.NewServer("acme")\n'),
        ("manifest.ttl", b"@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n# <http://a> a lv2 thing, no lv2:Plugins\n"),
        ("keycloak-themes.json", b'{"name": "x"}'),
    ],
)
def test_what_looks_alike_is_nothing(path: str, content: bytes) -> None:
    assert not run({path: content}).findings


def test_a_type_that_offers_tools_of_mcp_is_a_point() -> None:
    marked = assembly(
        [("Acme", "PartTools", 1, (), ())],
        attribute="McpServerToolTypeAttribute",
        space="ModelContextProtocol.Server",
        marks=(3, 2),
    )
    assert run({"a.dll": marked}).one("extension.point")["mechanism"] == "mcp"


def test_hooks_that_a_page_names_are_documented_and_those_that_samples_use_counted() -> None:
    files = {
        "lib/part.php": WORDPRESS,
        "docs/hooks.md": b"# Hooks\n\nacme_saved is called when a part was saved in the vault.\n",
    }
    rows = {row["attributes"]["name"]: row["attributes"] for row in run(files).of("extension.point")}
    assert (rows["acme_saved"]["documented"], rows["acme/part_id"]["documented"]) == (True, False)


def test_a_hook_is_documented_by_the_comment_above_it() -> None:
    source = b"""<?php
/**
 * Fires after the geometry of a part was written to the vault.
 *
 * @param int $id The part.
 */
do_action('acme_saved', $id);

/* Fires when somebody looks at the drawing of an assembly. */
do_action('acme_seen', $id);
/** @param int $id Number of the part that is now gone. */
do_action('acme_gone', $id);
"""
    rows = {row["attributes"]["name"]: row["attributes"] for row in run({"a.php": source}).of("extension.point")}
    assert {name: row["documented"] for name, row in rows.items()} == {
        "acme_saved": True,
        "acme_seen": False,
        "acme_gone": False,
    }


def test_contract() -> None:
    tree = {
        "a.php": WORDPRESS,
        "composer.json": b'{"name": "a/b", "type": "composer-plugin"}',
        "c.yaml": CRD,
        "m.go": GO,
    }
    check_determinism(ExtensionProbe, tree, data=DATA)
    check_hostile(ExtensionProbe, tree, data=DATA)
