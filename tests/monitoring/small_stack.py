"""A stack of a test's own, with nothing in it but the AWS provider and what the test builds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.synthesis import Stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.aws.account import Account

REGION = "us-east-2"


def synthesize_stack(outdir: Path, build: Callable[[TerraformStack, Account], None]) -> Stack:
    """Return the JSON of a stack into which `build` put something."""
    from cdktf import App, TerraformStack
    from cdktf_cdktf_provider_aws.provider import AwsProvider

    from constructs.aws.account import Account
    from stacks import literal_text

    literal_text.install()
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "small")
    AwsProvider(stack, "aws", region=REGION)
    build(stack, Account(stack, "account", region=REGION, partition="aws"))
    app.synth()
    return Stack("small", json.loads((outdir / "stacks" / "small" / "cdk.tf.json").read_text()))
