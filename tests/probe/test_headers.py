"""C and C++ headers: what counts as declared for others, which comment describes it, and that nothing else is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.headers import Header, read_header


def names(text: str, language: str | None = "cpp") -> list[str]:
    return [symbol.name for symbol in read_header(text, language).symbols]


def docs(text: str, language: str | None = "cpp") -> dict[str, str]:
    return {symbol.name: symbol.doc for symbol in read_header(text, language).symbols}


SHAPE = """
/* Copyright of the whole file, which describes nothing */
#ifndef SHAPE_H
#define SHAPE_H
#include <vector>
#define ACME_API __declspec(dllexport)
namespace acme { namespace detail { void hidden(); }

class Forward;

//! A solid with its faces and edges.
class ACME_API Shape : public Base<int>
{
  Q_OBJECT
public:
  //! Makes an empty shape without any face.
  ACME_API Shape();
  virtual ~Shape() {}
  /** How many faces it has, counted once. */
  int faces(const std::vector<int>& of = {}, char sep = ';') const { if (x) { return 1; } return 0; }
  Shape& operator=(const Shape&);
  DECLARE_TYPE(Shape, Base)

  static Handle(Shape) make (double x);  // makes one from a number
  double (*callback)(int);
  enum Kind { SOLID, SHELL };
protected:
  void change();
private:
  void secret();
  struct Node { int of; void walk(); };
public slots:
  void update() = delete;
  void redraw();
};

template <class T, class U = std::vector<T> >
T convert(U from);
template <> int convert<int, int>(int from);
typedef std::vector<Shape> Shapes;
using Count = unsigned long;
inline void Shape::out_of_line() {}
}
#endif
"""


def test_types_and_functions_for_others_are_found() -> None:
    assert names(SHAPE) == [
        "acme::Shape",
        "acme::Shape::Shape",
        "acme::Shape::~Shape",
        "acme::Shape::faces",
        "acme::Shape::operator=",
        "acme::Shape::make",
        "acme::Shape::Kind",
        "acme::Shape::change",
        "acme::Shape::redraw",
        "acme::convert",
        "acme::Shapes",
        "acme::Count",
    ]


def test_the_comment_right_before_a_declaration_describes_it() -> None:
    said = docs(SHAPE)
    assert said["acme::Shape"] == "A solid with its faces and edges."
    assert said["acme::Shape::faces"] == "How many faces it has, counted once."
    assert said["acme::Shape::make"] == "makes one from a number"
    assert said["acme::Shape::change"] == ""


def test_whether_it_is_c_or_cpp_shows_in_its_words() -> None:
    assert read_header("class A { };").language == "cpp"
    assert read_header("namespace a { int f(); }").language == "cpp"
    assert (
        read_header('#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif').language
        == "c"
    )
    assert read_header("int class_of(int operator);").language == "c"


def test_c_prototypes_and_types() -> None:
    text = """
    /* Opens a file for reading. */
    extern int acme_open(const char *name, int (*progress)(double));
    typedef struct acme_point { double x; double y; } acme_point_t;
    typedef int (*acme_callback)(void *);
    struct acme_box { int a; };
    enum acme_kind { ONE, TWO };
    int acme_old OF((int a, int b));
    struct acme_box *acme_make(void);
    static int table[] = { 1, 2, 3 };
    """
    assert names(text, "c") == [
        "acme_open", "acme_point_t", "acme_callback", "acme_box", "acme_kind", "acme_old", "acme_make",
    ]  # fmt: skip
    assert docs(text, "c")["acme_open"] == "Opens a file for reading."


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("/** says it */\n", "says it"),
        ("/// says it\n", "says it"),
        ("//! says it\n\n\n", "says it"),
        ("// says it\n", "says it"),
        ("/* says it */ ", "says it"),
        ("// says it\n\n", ""),
        ("/* says it */\n#define X 1\n", ""),
        ("/** says it */\nint before();\n", ""),
        ("/** @file says it */\n", ""),
    ],
)
def test_which_comment_belongs_to_a_declaration(comment: str, says: str) -> None:
    found = docs(f"#pragma once\n{comment}void f();\n")["f"]
    assert found == says


def test_a_trailing_comment_describes_what_stands_before_it() -> None:
    said = docs("int a(); ///< the first of them\nint b(); // the second of them\nint c();\n")
    assert list(said.values()) == ["the first of them", "the second of them", ""]


def test_a_comment_that_goes_on_behind_a_backslash_is_one() -> None:
    assert docs("int a(); // says what it does \\\nand goes on\nint b();\n") == {
        "a": "says what it does \\\nand goes on",
        "b": "",
    }


def test_a_comment_that_names_its_class_describes_it_from_anywhere() -> None:
    text = "/**\n * @class acmeReader\n * @brief reads all kinds of files\n */\n#include <a>\n"
    said = docs(text + "class acmeReader : public B { public: acmeReader(); };")
    assert "reads all kinds of files" in said["acmeReader"]
    assert said["acmeReader::acmeReader"] == ""


def test_the_first_comment_of_a_group_speaks_for_all_its_members() -> None:
    group = "///@{\n/** Get and set the size. */\nint size();\nvoid resize(int n);\n///@}\n"
    said = docs(f"class A {{\npublic:\n{group}void other();\n}};")
    assert said["A::size"] == said["A::resize"] == "Get and set the size."
    assert said["A::other"] == ""


def test_of_the_branches_of_an_if_the_first_one_counts() -> None:
    text = "#if 0\nvoid never();\n#else\nvoid always();\n#endif\n"
    text += "#ifdef WIN\nvoid a() {\n#else\nvoid b() {\n#endif\n}\nvoid last();"
    assert names(text) == ["always", "a", "last"]


def test_macros_that_declare_something_are_counted_and_not_guessed() -> None:
    found = read_header(
        "class A {\npublic:\n  vtkSetMacro(Size, int);\n  vtkGetMacro(Size, int);\n  void f();\n};", "cpp"
    )
    assert [symbol.name for symbol in found.symbols] == ["A", "A::f"]
    assert found.calls == 2


def test_initialisers_in_braces_are_no_scopes() -> None:
    text = "struct A { A() : a{1}, b{2} {} int a; int b; };\nconst int t[2] = { 1, 2 };\n"
    text += "auto l = [](int x) { return x; };\nvoid f();"
    assert names(text) == ["A", "A::A", "f"]


def test_a_macro_on_a_line_of_its_own_does_not_part_a_comment_from_what_it_describes() -> None:
    text = "  DEFINE_ALLOC\n\n  //! Makes an empty one.\n  A();\n  //! Says it.\n  API\n  void f();\n"
    said = docs(f"class A {{\npublic:\n{text}}};")
    assert (said["A::A"], said["A::f"]) == ("Makes an empty one.", "Says it.")


def test_literals_and_comments_hide_their_braces() -> None:
    text = """inline void f(char c = '{', const char* s = "};{", const char* r = R"x(}})x") { /* } */ }
void g(); // }
int n = 1'000;
void h();"""
    found = read_header(text, "cpp")
    assert [symbol.name for symbol in found.symbols] == ["f", "g", "h"]
    assert not found.broken


def test_braces_that_do_not_fit_are_counted() -> None:
    assert read_header("void f() { {\n", "cpp").broken
    assert read_header("} void f();", "cpp").broken
    assert read_header("#else\nvoid f();", "cpp").broken


def test_lines_are_those_of_the_file() -> None:
    assert [symbol.line for symbol in read_header("\n\nvoid f();\n// x\nvoid g();", "cpp").symbols] == [3, 5]


@given(st.text(alphabet="{}()<>;:,=~/*#\"'\\\n azclassif0&@!.", max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_header(text), Header)


@pytest.mark.parametrize(
    "part", ["{", "(", "}", ")", "/*", '"', "#if 1\n", "class A {", "template<", "void f(", "namespace a {", "<", "::"]
)
def test_a_hundred_thousand_of_anything_take_no_time_to_speak_of(part: str) -> None:
    assert isinstance(read_header(part * 100_000), Header)
