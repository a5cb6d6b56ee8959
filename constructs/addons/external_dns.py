"""external-dns, which changes the records of the hosted zones that it is given and of no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

from constructs.addons.addon_release import AddonConstruct, AddonProps
from constructs.aws.zone_ids import find_zone_ids, zone_arns

if TYPE_CHECKING:
    from config.addons.external_dns import ExternalDnsSettings
    from constructs import Construct
    from constructs.addons.addon_release import AddonAws
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
UNSCOPED_ACTIONS = ("route53:ListHostedZones",)


class ExternalDns(AddonConstruct):
    """The release, and the role that it works by."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[ExternalDnsSettings], aws: AddonAws) -> None:
        super().__init__(scope, id_)
        account = aws.find_account()
        zone_ids = find_zone_ids(self, props.settings.zones)
        identity = props.create_identity(
            self, aws, {"change-records": grant_change_records(zone_arns(account.partition, zone_ids))}
        )
        values = _values(props, account, zone_ids, identity.service_account)
        self.release = props.create_release(self, values, depends_on=identity.depends_on)


def grant_change_records(arns: list[str]) -> Statements:
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


def _values(
    props: AddonProps[ExternalDnsSettings], account: Account, zone_ids: list[str], service_account: Values
) -> Values:
    """Return the values of the pinned chart, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    return {
        **context.placement.values(),
        "fullnameOverride": props.service_account.name,
        "commonLabels": dict(context.labels),
        # Route 53 is one service for all regions, STS is not.
        "env": [{"name": "AWS_REGION", "value": account.region}],
        "extraArgs": [f"--zone-id-filter={zone_id}" for zone_id in zone_ids],
        "image": context.repository("external-dns/external-dns"),
        "imagePullSecrets": context.pull_secrets(),
        "policy": settings.policy,
        "provider": {"name": "aws"},
        "resources": settings.resources.values(),
        "serviceAccount": service_account,
        "sources": ["ingress", "service"],
        # It distinguishes records from those of other clusters in the same zone.
        "txtOwnerId": context.cluster_name,
    }
