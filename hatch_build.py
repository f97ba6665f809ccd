"""Part of the build: rules are read, checked and packed, and so is what must be known of each probe, so that no scan
has to parse YAML or to import all probes again."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackRules(BuildHookInterface[Any]):
    """Writes `rules/packed.msgpack` and `rules/outlines.msgpack` before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """A rule file or a probe that is not as it must be ends the build of a wheel, with its name and line."""
        places = [self.root, str(Path(self.root, "probes"))]
        sys.path[:0] = places
        try:
            from cpo_scan.probe import packed as outlines
            from cpo_scan.rulebook import packed as rules

            folder = Path(self.root, "rules")
            try:
                rules.write(folder)
                outlines.write(folder, self.metadata.core.entry_points["cpo_scan.probes.v1"])
            except Exception as error:
                if version != "editable":
                    raise
                # Who edits rules and probes must be able to install what they edit; every scan says the same then.
                self.app.display_warning(f"not all rules and probes were packed: {error}")
        finally:
            for place in places:
                sys.path.remove(place)
