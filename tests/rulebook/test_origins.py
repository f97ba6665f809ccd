"""Whose is it, and is it offered? By the path alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.model import Offered, Origin
from cpo_scan.rulebook.messages import load_messages
from cpo_scan.rulebook.origins import Origins, load_origins


@pytest.fixture(scope="module")
def origins() -> Origins:
    return load_origins()


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("app/server/api.json", Origin.VENDOR),
        ("app/node_modules/left/openapi.yaml", Origin.COMPONENT),
        ("app/node_modules/left/test/openapi.yaml", Origin.COMPONENT),
        ("venv/lib/python3.11/site-packages/x/y.json", Origin.COMPONENT),
        ("opt/apache-tomcat-9.0.1/webapps/docs/openapi.json", Origin.COMPONENT),
        ("third_party/lib/schema.xsd", Origin.COMPONENT),
        ("lib/python3/dist-packages/product/api.py", Origin.UNKNOWN),
        ("app.war!/WEB-INF/lib/other.jar!/openapi.json", Origin.UNKNOWN),
        ("src/tests/data/box.stp", Origin.TEST),
        ("src/Test/box.stp", Origin.TEST),
        ("src/test_import.py", Origin.TEST),
        ("share/examples/box.stp", Origin.SAMPLE),
        ("plugins/core.jar!/samples/box.stp", Origin.SAMPLE),
        ("src/service_pb2.py", Origin.GENERATED),
        ("api/openapi/v2-rest-api-generated.yaml", Origin.VENDOR),
        ("app.jar!/java3d-1.6/macosx/libjogl_desktop.dylib", Origin.COMPONENT),
        ("app.jar!/yafaray/linux/plugins/libglass.so", Origin.COMPONENT),
        ("lib/guava-31.1.jar!/com/google/common/base/Joiner.class", Origin.COMPONENT),
        ("all.jar!/org/apache/commons/io/IOUtils.class", Origin.COMPONENT),
        ("app.war!/WEB-INF/lib/slf4j-api-2.0.jar", Origin.COMPONENT),
        ("bin/Newtonsoft.Json.dll", Origin.COMPONENT),
        ("bin/AcmeJson.dll", Origin.VENDOR),
        ("lib/libTKernel.so.7", Origin.VENDOR),
        ("org/apache/commonsense/A.class", Origin.VENDOR),
        ("requests/api.json", Origin.VENDOR),
        ("latest/contest/api.json", Origin.VENDOR),
        ("vendor", Origin.VENDOR),
        ("tests.json", Origin.VENDOR),
    ],
)
def test_origin_follows_from_the_path(origins: Origins, path: str, origin: Origin) -> None:
    assert origins.answer(path)[0][0] is origin


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("app/docs/openapi.json", Offered.PUBLISHED),
        ("dist/public-api/v1/openapi.yml", Offered.PUBLISHED),
        ("app/openapi/_private_ui.yaml", Offered.INTERNAL),
        ("app/internal/openapi/api.yaml", Offered.INTERNAL),
        ("usr/include/occt/Shape.hxx", Offered.PUBLISHED),
        ("app/server/api.json", Offered.UNKNOWN),
        ("node_modules/x/openapi.json", Offered.UNKNOWN),
    ],
)
def test_offered_follows_from_the_path(origins: Origins, path: str, offered: Offered) -> None:
    assert origins.answer(path)[1][0] is offered


@given(st.text(max_size=200))
def test_every_path_has_an_answer_and_each_answer_a_text(path: str) -> None:
    (_, why_origin), (_, why_offered) = _ORIGINS.answer(path)
    for reason in (why_origin, why_offered):
        assert reason.code in _MESSAGES
        assert "{" not in _MESSAGES.render(reason).replace(str(reason.params.get("match", "")), "")


_ORIGINS = load_origins()
_MESSAGES = load_messages()


def test_the_answer_does_not_depend_on_the_case_or_on_what_was_asked_before(origins: Origins) -> None:
    assert origins.answer("A/TESTS/x")[0][0] is Origin.TEST
    assert origins.answer("a/b") == load_origins().answer("a/b")
