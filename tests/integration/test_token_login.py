"""The token by which the providers log in to the cluster: made again at the apply, and kept nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Vary
    from tests.integration.account import Account

TOKEN = "k8s-aws-v1"  # noqa: S105 (what tokens of EKS begin with)
STACK = "dev-csi-addon"


def test_a_token_is_made_again_at_the_apply_and_kept_in_no_plan_and_no_state(
    new_account: Callable[[], Account], vary: Vary
) -> None:
    account = new_account()
    stacks = account.stacks_of(vary({"kubernetes_auth": "token"}))
    account.deploy({name: stacks[name] for name in ("dev-network", "dev-cluster")})
    account.set_up({STACK: stacks[STACK]})
    plan = account.plan(STACK)
    assert TOKEN not in json.dumps(plan)
    at_the_plan = len(account.operations("open"))
    account.apply(STACK).succeeded()
    assert len(account.operations("open")) > at_the_plan >= 1
    assert TOKEN not in (account.project.folder / f".state/{STACK}.tfstate").read_text(encoding="utf-8")
