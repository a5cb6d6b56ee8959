"""Which errors are retried, how often, and which are not."""

from __future__ import annotations

import pytest

from operations.terraform.events import Diagnostic
from operations.terraform.processes import Processes
from operations.terraform.retry import Retry, until_lasting
from operations.terraform.runner import Outcome
from operations.terraform.transient import reason_to_try_again

PASSING = [
    "api error ThrottlingException: Rate exceeded",
    "operation error EKS: CreateNodegroup, https response error StatusCode: 503, RequestID: 1",
    "ResourceInUseException: Cluster already has an update in progress",
    "InvalidRequestException: cluster dev-gd9 is not in ACTIVE state",
    "dial tcp: lookup 0123.gr7.us-east-2.eks.amazonaws.com on 10.0.0.2:53: no such host",
    "read tcp 10.0.0.1:443: connection reset by peer",
    "context deadline exceeded",
    "another operation (install/upgrade/rollback) is in progress",
]
LASTING = [
    "api error AccessDenied: not authorized to perform: eks:CreateCluster",
    "ValidationException: 1 validation error detected",
    "VpcLimitExceeded: The maximum number of VPCs has been reached",
    "Error acquiring the state lock",
    "dial tcp: lookup exmaple.com: no such host",
    'chart "kube-prometheus-stack" version "1" not found',
    "ResourceInUseException: NodeGroup already exists with name general",
]


def error(text: str) -> Diagnostic:
    """Write an error as a provider does."""
    return Diagnostic("error", "creating EKS Cluster (dev-gd9)", text)


@pytest.mark.parametrize("text", PASSING)
def test_errors_that_pass_are_tried_again(text: str) -> None:
    assert reason_to_try_again([error(text)])


@pytest.mark.parametrize("text", LASTING)
def test_others_are_not(text: str) -> None:
    assert reason_to_try_again([error(text)]) is None


def test_one_lasting_error_among_others_is_enough() -> None:
    assert reason_to_try_again([error(PASSING[0]), error(LASTING[0])]) is None


def test_a_warning_is_no_reason() -> None:
    assert reason_to_try_again([Diagnostic("warning", PASSING[0])]) is None


def outcome(code: int, text: str = "") -> Outcome:
    """End with a code, and say something where it is a failure."""
    problem = {"severity": "error", "summary": text}
    return Outcome(code, ({"type": "diagnostic", "diagnostic": problem},) if text else (), "", 0)


class Steps:
    """A step that ends in the given ways, one after the other."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)

    def __call__(self) -> Outcome:
        return self.outcomes.pop(0)


def test_waits_twice_as_long_each_time_and_says_why() -> None:
    said: list[str] = []
    steps = Steps(*[outcome(1, PASSING[0])] * 3, outcome(0))
    ended = until_lasting(steps, Retry(4, 0.01), Processes(), said.append)
    assert ended.code == 0
    assert said == [f"tries again in {seconds} s: AWS throttles" for seconds in (0.01, 0.02, 0.04)]


def test_gives_up_after_so_many_times() -> None:
    steps = Steps(*[outcome(1, PASSING[0])] * 4)
    assert until_lasting(steps, Retry(2, 0), Processes(), print).code == 1
    assert len(steps.outcomes) == 1


def test_does_not_try_again_what_lasts() -> None:
    steps = Steps(outcome(1, LASTING[0]), outcome(0))
    assert until_lasting(steps, Retry(2, 0), Processes(), print).code == 1


def test_does_not_wait_while_it_is_being_stopped() -> None:
    steps = Steps(outcome(1, PASSING[0]), outcome(0))
    assert until_lasting(steps, Retry(2, 60), Processes(stopping=True), print).code == 1
