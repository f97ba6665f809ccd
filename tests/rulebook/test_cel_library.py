"""The CEL library is the one that everybody imports, without its command line."""

import subprocess
import sys

import cel

from cpo_scan.rulebook.cel_library import cel as compiled_part


def test_it_is_the_function_that_the_library_hands_on() -> None:
    assert compiled_part().compile is cel.compile


def test_rules_are_decided_without_a_terminal_library() -> None:
    program = (
        "import sys; from cpo_scan.rulebook.expressions import parse_rule;"
        "assert parse_rule('m.K.value >= 0.5').holds({'K': {'value': 0.7}}, {});"
        "print([name for name in ('typer', 'rich', 'prompt_toolkit') if name in sys.modules]);"
        "import cel; assert cel.evaluate('1 + 1') == 2"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
