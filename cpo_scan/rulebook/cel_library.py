"""The compiled part of the CEL library without its command line, whose imports cost more than all rules together."""

import sys
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

_NAME = "cel.cel"


@cache
def cel() -> Any:
    """The module that has `compile`: the same one that `import cel` hands on.

    `import cel` brings typer, rich and prompt_toolkit along (0.16 s), for a shell that nobody opens here. Where the
    library is built in another way than we know, it is imported as a whole.
    """
    if _NAME not in sys.modules:
        package = find_spec("cel")
        spec = PathFinder.find_spec(_NAME, package.submodule_search_locations) if package else None
        if spec is None or spec.loader is None:
            return import_module("cel")
        module = module_from_spec(spec)
        sys.modules[_NAME] = module  # a later `import cel` finds it there; it can be loaded once only
        spec.loader.exec_module(module)
    module = sys.modules[_NAME]
    return module if hasattr(module, "compile") else import_module("cel")
