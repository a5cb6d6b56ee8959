"""Assumes an IAM role with session tags, as a `credential_process` of AWS' configuration, which has no tags itself.

Every program that reads that configuration starts it by its path, again before the credentials end; nothing else of the
project is imported. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Sequence


def credentials(arguments: Sequence[str]) -> dict[str, object]:
    """Return the credentials of a session as such a process prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role-arn", required=True)
    parser.add_argument("--external-id", help="that the trust policy of the role asks for")
    parser.add_argument("--profile", help="that assumes it; without one, what the machine is does")
    parser.add_argument("--tag", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    asked = parser.parse_args(arguments)
    # The caller's is the profile that starts this process.
    os.environ.pop("AWS_PROFILE", None)
    sts = botocore.session.Session(profile=asked.profile).create_client("sts")
    external_id = {"ExternalId": asked.external_id} if asked.external_id else {}
    tags = [{"Key": key, "Value": value} for key, value in asked.tag]
    given = sts.assume_role(RoleArn=asked.role_arn, RoleSessionName="eks", Tags=tags, **external_id)["Credentials"]
    return {"Version": 1, **given, "Expiration": given["Expiration"].isoformat()}


def main() -> None:
    """Print them, or say on standard error why there are none."""
    try:
        print(json.dumps(credentials(sys.argv[1:])))  # noqa: T201 - that is how the caller gets them
    except (BotoCoreError, ClientError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
