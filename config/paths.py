"""Where the project keeps its files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
VALUES: Final = ROOT / "values"
ENVIRONMENTS: Final = VALUES / "environments"
DASHBOARDS: Final = VALUES / "dashboards"
RULES: Final = VALUES / "rules"
ALERTMANAGER_TEMPLATES: Final = VALUES / "alertmanager"
SLACK_TEMPLATE: Final = ALERTMANAGER_TEMPLATES / "slack.tmpl"
OBJECTS_CHART: Final = VALUES / "charts" / "objects"
# Where the local backend keeps the state of each stack.
STATES: Final = ROOT / ".state"
