"""external-dns, which changes the records of the hosted zones that it is given and of no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

from config import versions
from constructs import Construct
from constructs.addons.addon_accounts import EXTERNAL_DNS
from constructs.addons.addon_release import AddonRelease, AddonReleaseProps
from constructs.aws.zone_ids import find_zone_ids, zone_arns

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.addons.cluster_addons import ExternalDnsSettings
    from constructs.addons.addon_release import AddonContext
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
UNSCOPED_ACTIONS = ("route53:ListHostedZones",)


@dataclass(frozen=True, kw_only=True)
class ExternalDnsProps:
    """The account of the zones, and what has to be ready first."""

    account: Account
    settings: ExternalDnsSettings
    context: AddonContext
    depends_on: tuple[ITerraformDependable, ...] = ()


class ExternalDns(Construct):
    """The release, and the role that it works by."""

    def __init__(self, scope: Construct, id_: str, props: ExternalDnsProps) -> None:
        super().__init__(scope, id_)
        settings, context = props.settings, props.context
        zone_ids = find_zone_ids(self, settings.zones)
        identity = context.identity(
            self,
            role="external-dns",
            title="external-dns",
            account=EXTERNAL_DNS,
            policies={"change-records": let_change_records(zone_arns(props.account.partition, zone_ids))},
        )
        AddonRelease(
            self,
            "release",
            AddonReleaseProps(
                account=EXTERNAL_DNS,
                chart=versions.EXTERNAL_DNS.at(settings.chart_repository, settings.chart_version),
                values=_values(props, zone_ids, identity.service_account),
                context=context,
                depends_on=[*identity.depends_on, *props.depends_on],
            ),
        )


def let_change_records(arns: list[str]) -> Statements:
    """Permit finding zones and changing records of these.

    https://github.com/kubernetes-sigs/external-dns/blob/master/docs/tutorials/aws.md#iam-policy
    """
    return [
        DataAwsIamPolicyDocumentStatement(actions=list(UNSCOPED_ACTIONS), resources=["*"]),
        DataAwsIamPolicyDocumentStatement(
            actions=[
                "route53:ChangeResourceRecordSets",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResources",
            ],
            resources=arns,
        ),
    ]


def _values(props: ExternalDnsProps, zone_ids: list[str], service_account: Values) -> Values:
    """Return the values of chart 1.21.1, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    return {
        **context.placement.values(),
        "fullnameOverride": EXTERNAL_DNS.name,
        "commonLabels": dict(context.labels),
        # Route 53 is one service for all regions, STS is not.
        "env": [{"name": "AWS_REGION", "value": props.account.region}],
        "extraArgs": [f"--zone-id-filter={zone_id}" for zone_id in zone_ids],
        "image": context.repository("external-dns/external-dns"),
        "imagePullSecrets": context.pull_secrets(),
        "policy": settings.policy,
        "provider": {"name": "aws"},
        "resources": settings.resources.values(),
        "serviceAccount": service_account,
        "sources": ["ingress", "service"],
        # By it records are told from those of other clusters in the same zone.
        "txtOwnerId": context.cluster_name,
    }
