"""A change of each setting on a deployed `dev` does what config/changes.json says, and docs/changes.md with it.

The dangerous ones are applied in test_day_two.py; here they are planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.pages.changes_page import changes
from tests.integration.every_setting import Bases, summary
from tests.invariants.test_settings_have_effect import CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Vary
    from tests.integration.account import Account

# What makes another environment, or a state elsewhere: there is no plan of it on what is deployed.
ELSEWHERE = ("backend", "cluster.existing", "name", "network", "kube_prom_stack.service_type")
# What `dev` has switched on: there is nothing to change.
UNCHANGED = ("cluster_addons.cluster_autoscaler.enabled",)
# There is no stand-in for the provider grafana/grafana; that for AWS replaces a cluster that gets Auto Mode, which the
# provider changes in place: https://github.com/hashicorp/terraform-provider-aws/pull/41925
WITHOUT_STAND_IN = ("grafana_content.", "cluster.auto_mode.")


@pytest.fixture(scope="module")
def bases(new_account: Callable[[], Account], vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> Bases:
    """Deploy environments as settings need them."""
    return Bases(new_account, vary, tmp_path_factory.mktemp("bases"))


@pytest.mark.parametrize(
    "setting",
    [
        setting
        for setting in CHANGES
        if setting not in ELSEWHERE + UNCHANGED and not setting.startswith(WITHOUT_STAND_IN)
    ],
)
def test_a_change_does_what_the_table_says(setting: str, bases: Bases) -> None:
    effect, what, way = summary(bases.change(setting))
    assert (effect, what, way) == changes()[setting]
