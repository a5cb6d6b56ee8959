"""Compares what a role may do with the policy that a controller's own documentation has.

`python -m checks.upstream_policies dev-cluster-addons load-balancer-controller iam_policy.json`, after `./eks synth`:
the stack, what the ids of the role's policy documents begin with, and upstream's policy. Ends with 1 where they differ.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from config.core.errors import ExpectedError, UsageError
from config.core.files.json_source import read_json
from config.core.problems import ConfigurationError
from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

USAGE: Final = "python -m checks.upstream_policies STACK ID POLICY"


def differences(stack: dict[str, Any], prefix: str, policy: dict[str, Any]) -> Iterator[str]:
    """Yield the actions that only one of both allows.

    Args:
        stack: The Terraform JSON of a stack.
        prefix: What the ids of the role's policy documents begin with.
        policy: A policy as IAM has it.

    Raises:
        UsageError: The stack has no such document.

    """
    documents = stack.get("data", {}).get("aws_iam_policy_document", {})
    own = [body for id_, body in documents.items() if id_.startswith(f"{prefix}_") and "_policy-" in id_]
    if not own:
        raise UsageError(f"the stack has no policy document whose id begins with {prefix}")
    ours = _actions((one for body in own for one in body["statement"]), "effect", "actions")
    theirs = _actions(_listed(policy["Statement"]), "Effect", "Action")
    yield from (f"only upstream: {action}" for action in _uncovered(theirs, ours))
    yield from (f"only here: {action}" for action in _uncovered(ours, theirs))


def _actions(statements: Iterator[dict[str, Any]], effect: str, actions: str) -> set[str]:
    allowed = (one for one in statements if one.get(effect, "Allow") == "Allow")
    return {action for one in allowed for action in _listed(one.get(actions, []))}


def _listed(value: Any) -> Iterator[Any]:  # noqa: ANN401 - IAM takes one or a list of them
    yield from value if isinstance(value, list) else (value,)


def _uncovered(actions: set[str], others: set[str]) -> list[str]:
    """Return the actions that no other one covers; IAM ignores upper and lower case, and `*` stands for any text."""
    patterns = [other.lower() for other in others]
    return sorted(one for one in actions if not any(fnmatchcase(one.lower(), pattern) for pattern in patterns))


def _read(path: Path) -> dict[str, Any]:
    document = read_json(path, path.name)
    if document.problems:
        raise ConfigurationError(document.problems)
    if not isinstance(document.content, dict):
        raise UsageError(f"{path.name} is no object")
    return document.content


def main() -> None:
    """Print the differences."""
    if len(sys.argv) != len(USAGE.split()) - 2:
        raise UsageError(USAGE)
    stack, prefix, policy = sys.argv[1:]
    found = list(differences(_read(ROOT / "cdktf.out" / "stacks" / stack / "cdk.tf.json"), prefix, _read(Path(policy))))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(bool(found))


if __name__ == "__main__":
    try:
        main()
    except ExpectedError as problem:
        sys.exit(str(problem))
