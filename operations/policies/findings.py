"""Judges what fails a rule: by what the environment says of the rule, and of exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config.policy.packs import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from config.policy.packs import Pack, Rule
    from config.policy.policy import PolicyException, PolicySettings
    from operations.policies.scan import Outcome

SEVERITIES: Final = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Finding:
    """A resource that fails a rule.

    Attributes:
        excepted: Why it may; nothing where it may not.
        expired: The last day of the exception that it had.

    """

    rule: str
    title: str
    severity: str
    enforcement: str
    path: str
    address: str
    why: str
    remedy: str
    reference: str | None = None
    excepted: str = ""
    expired: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the check fails by it."""
        return not self.excepted and (self.enforcement == "mandatory" or bool(self.expired))


@dataclass(frozen=True)
class PolicyVerdict:
    """What a check of one environment found.

    Attributes:
        passed: The rules that some resource of the environment passes and none fails, by name.
        absent: The rules that concern nothing in the environment, or only values that an apply knows.
        unused: The exceptions that no resource needs.

    """

    environment: str
    findings: Sequence[Finding]
    passed: Mapping[str, str]
    absent: Sequence[str] = ()
    unused: Sequence[PolicyException] = ()

    @property
    def failures(self) -> list[Finding]:
        """What the check fails by."""
        return [finding for finding in self.findings if finding.is_failure]


def rules_of(policy: PolicySettings, packs: Mapping[str, Pack]) -> dict[str, Rule]:
    """Return the rules of an environment by name, each as strict as it is there; those that are off are left out."""
    every = all_rules(packs)
    chosen = [packs[name] for name in (packs if policy.packs is None else policy.packs)]
    names = dict.fromkeys(name for pack in chosen for name in (*pack.rules, *pack.includes))
    found = {}
    for name in names:
        enforcement = policy.rules.get(name, every[name].enforcement)
        if enforcement != "disabled":
            found[name] = every[name].model_copy(update={"enforcement": enforcement})
    return found


def judge_outcomes(
    environment: str, policy: PolicySettings, rules: Mapping[str, Rule], outcomes: Iterable[Outcome], today: date
) -> PolicyVerdict:
    """Judge what the rules of an environment found in it."""
    findings: list[Finding] = []
    passed: dict[str, str] = {}
    used: set[PolicyException] = set()
    for outcome in outcomes:
        if outcome.resource.environment != environment or outcome.rule not in rules:
            continue
        if outcome.has_passed:
            passed[outcome.rule] = rules[outcome.rule].title
            continue
        excuse = _exception(policy, outcome)
        if excuse is not None:
            used.add(excuse)
        findings.append(_finding(outcome, rules[outcome.rule], excuse, today))
    findings.sort(key=lambda one: (not one.is_failure, bool(one.excepted), SEVERITIES.index(one.severity), one.rule))
    failing = {finding.rule for finding in findings}
    return PolicyVerdict(
        environment,
        findings,
        {name: title for name, title in sorted(passed.items()) if name not in failing},
        sorted(set(rules) - failing - set(passed)),
        [one for one in policy.exceptions if one not in used],
    )


def _exception(policy: PolicySettings, outcome: Outcome) -> PolicyException | None:
    """Return the exception that covers an outcome: of several the one that lasts longest."""
    found = [one for one in policy.exceptions if one.covers(outcome.rule, outcome.resource.path)]
    return max(found, key=lambda one: one.expires, default=None)  # "never" comes after every date


def _finding(outcome: Outcome, rule: Rule, excuse: PolicyException | None, today: date) -> Finding:
    is_over = excuse is not None and excuse.is_over(today)
    by_construct = "" if rule.check is None else outcome.resource.reasons.get(rule.check, "")
    return Finding(
        rule=outcome.rule,
        title=rule.title,
        severity=rule.severity,
        enforcement=rule.enforcement,
        path=outcome.resource.path,
        address=outcome.resource.address,
        why=rule.why,
        remedy=rule.remedy,
        reference=rule.reference,
        excepted=by_construct or ("" if excuse is None or is_over else excuse.reason),
        expired="" if by_construct or excuse is None or not is_over else excuse.expires,
    )
