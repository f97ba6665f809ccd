"""Part of the build: the rules are read, checked and packed, so that no scan has to parse their YAML again."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackRules(BuildHookInterface[Any]):
    """Writes `rules/packed.msgpack` before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """A rule file that is not as it must be ends the build of a wheel, with its file and line."""
        sys.path.insert(0, self.root)
        try:
            from cpo_scan.rulebook.load import RuleError
            from cpo_scan.rulebook.packed import write

            try:
                write(Path(self.root, "rules"))
            except RuleError as error:
                if version != "editable":
                    raise
                # Who edits the rules must be able to install what they edit; every scan says the same then.
                self.app.display_warning(f"the rules were not packed: {error}")
        finally:
            sys.path.remove(self.root)
