"""Every setting changes the synthesized JSON: there is no option that does nothing."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, get_args

import pytest

from config.cluster.node_groups import UpdateConfig
from config.core.resources import Resources
from config.core.settings import Settings
from config.environment import Environment
from config.monitoring.thanos.thanos import ThanosRetention
from config.network.network import NetworkSettings
from operations.judging.judge import judge, worst
from operations.judging.verdict import Effect
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Vary

    Stacks = dict[str, dict[str, Any]]
    Synthesize = Callable[[dict[str, Any]], Stacks]

KEY = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
SAML = {
    "idp_metadata_url": "https://idp.example.com/metadata",
    "admin_role_values": ["admins"],
    "editor_role_values": ["editors"],
}
COGNITO = {
    "user_pool_arn": "arn:aws:cognito-idp:us-east-2:123456789012:userpool/us-east-2_AbCdEfGhI",
    "user_pool_client_id": "1example23456789",
    "user_pool_domain": "acme",
}
LOGIN = {"client_id": "grafana", "client_secret": {"secret": "grafana-login", "key": "secret"}}
S3 = {"type": "s3", "bucket": "some-state"}
FURTHER_SUBNETS = {
    "network.cidrs": {
        "us-east-2a": {"pods": "10.0.128.0/19", "intra": "10.0.192.0/24", "database": "10.0.193.0/24"},
        "us-east-2b": {"pods": "10.0.160.0/19", "intra": "10.0.194.0/24", "database": "10.0.195.0/24"},
    },
}

# A value other than dev's for each setting.
CHANGES: dict[str, Any] = {
    "name": "qa",
    "region": "us-west-2",
    "account_id": "123456789012",
    "tags": {"team": "sre"},
    "iam.permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
    "iam.role_path": "/eks/",
    "backend": S3,
    "kubernetes_auth": "token",
    "overrides": {"network": {"vpc/this": {"instance_tenancy": "dedicated"}}},
    "network": {"zones": ["us-east-2a", "us-east-2b"]},
    "network.existing": {
        "vpc_id": "vpc-0a1b2c3d4e5f60718",
        "private_subnet_ids": {
            "us-east-2a": "subnet-0a1b2c3d4e5f60718",
            "us-east-2b": "subnet-1a1b2c3d4e5f60718",
        },
    },
    "network.vpc_cidr": "10.8.0.0/16",
    "network.secondary_cidrs": ["100.64.0.0/16"],
    "network.ipv6": True,
    "network.zones": ["us-east-2b", "us-east-2c"],
    "network.private_subnet_cidrs": ["10.0.128.0/20", "10.0.144.0/20"],
    "network.public_subnet_cidrs": ["10.0.160.0/20", "10.0.176.0/20"],
    "network.cidrs": {"us-east-2a": {"private": "10.0.160.0/20"}},
    "network.nat_gateways": "per_zone",
    "network.nat_gateway_zone": "us-east-2b",
    "network.nat_gateway_allocation_ids": {"us-east-2a": "eipalloc-0a1b2c3d4e5f60718"},
    "network.private_subnet_tags": {"karpenter.sh/discovery": "dev-gd9"},
    "network.public_subnet_tags": {"tier": "edge"},
    "network.pods_subnet_tags": {"tier": "pods"},
    "network.intra_subnet_tags": {"tier": "intra"},
    "network.database_subnet_tags": {"tier": "database"},
    "network.empty_default_security_group": False,
    "network.flow_logs.enabled": False,
    "network.flow_logs.traffic_type": "REJECT",
    "network.flow_logs.retention_days": 30,
    "network.s3_gateway_endpoint": False,
    "network.dynamodb_gateway_endpoint": True,
    "network.interface_endpoints": ["sts"],
    "network.endpoint_accounts": ["own"],
    "network.endpoint_policies": {
        "s3": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
        }
    },
    "cluster.existing": {"eks": "other"},
    "cluster.name": "gd10",
    "cluster.full_name": "Their_Cluster",
    "cluster.version": "1.34",
    "cluster.endpoint_private_access": False,
    "cluster.endpoint_public_access": True,
    "cluster.endpoint_public_access_cidrs": ["52.94.76.0/24"],
    "cluster.endpoint_public_access_from_anywhere": True,
    "cluster.endpoint_private_access_cidrs": ["10.0.0.0/16", "192.168.0.0/20"],
    "cluster.endpoint_private_access_security_group_ids": ["sg-0a1b2c3d4e5f60718"],
    "cluster.security_group_ids": ["sg-1a1b2c3d4e5f60718"],
    "cluster.ingress_rules": {
        "dns": {"description": "DNS", "protocol": "udp", "from_port": 53, "cidrs": ["10.8.0.0/16"]}
    },
    "cluster.control_plane_zones": ["us-east-2a", "us-east-2b"],
    "cluster.ip_family": "ipv6",
    "cluster.service_ipv4_cidr": "172.20.0.0/16",
    "cluster.enabled_log_types": ["audit"],
    "cluster.log_retention_days": 30,
    "cluster.encrypt_secrets": False,
    "cluster.kms_key_arn": KEY,
    "cluster.role_name": "control-plane",
    "cluster.node_role_name": "nodes",
    "cluster.node_policy_arns": ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
    "cluster.authentication_mode": "API",
    "cluster.enable_cluster_creator_admin_permissions": False,
    "cluster.access_entries": {"sre": {"principal": "role/sre", "kubernetes_groups": ["sre"]}},
    "cluster.support_type": "EXTENDED",
    "cluster.deletion_protection": True,
    "cluster.addons.vpc_cni.enabled": False,
    "cluster.addons.kube_proxy.enabled": False,
    "cluster.addons.coredns.enabled": False,
    "cluster.addons.eks_pod_identity_agent.enabled": False,
    "cluster.addons.vpc_cni.version": "v1.20.4-eksbuild.2",
    "cluster.addons.vpc_cni.configuration": {"enableNetworkPolicy": "true"},
    "cluster.addons.vpc_cni.prefix_delegation": True,
    "cluster.addons.vpc_cni.custom_networking": True,
    "cluster.addons.kube_proxy.version": "latest",
    "cluster.addons.kube_proxy.configuration": {"mode": "ipvs"},
    "cluster.addons.coredns.configuration": {"replicaCount": 3},
    "cluster.addons.eks_pod_identity_agent.configuration": {"priorityClassName": ""},
    "cluster.addons.coredns.version": "latest",
    "cluster.addons.eks_pod_identity_agent.version": "latest",
    "cluster.fargate_profiles": {"batch": {"selectors": [{"namespace": "batch"}]}},
    "cluster.further_addons": {"snapshot-controller": {}},
    "cluster.node_scaling": "karpenter",
    "cluster.auto_mode.node_pools": ["system"],
    "cluster.auto_mode.node_role_name": "auto",
    "cluster.auto_mode.switch_off": True,
    "cluster.node_groups.general.capacity_type": "ON_DEMAND",
    "cluster.node_groups.general.instance_types": ["m6i.large"],
    "cluster.node_groups.general.ami_type": "BOTTLEROCKET_x86_64",
    "cluster.node_groups.general.zones": ["us-east-2a"],
    "cluster.node_groups.general.one_group_per_zone": True,
    "cluster.node_groups.general.min_size": 1,
    "cluster.node_groups.general.desired_size": 4,
    "cluster.node_groups.general.max_size": 11,
    "cluster.node_groups.general.desired_size_managed_by": "terraform",
    "cluster.node_groups.general.launch_template": False,
    "cluster.node_groups.general.disk_size_gib": 60,
    "cluster.node_groups.general.volume_kms_key_arn": KEY,
    "cluster.node_groups.general.volume_iops": 4000,
    "cluster.node_groups.general.volume_throughput_mib": 250,
    "cluster.node_groups.general.release_version": "1.35.2-20260818",
    "cluster.node_groups.general.force_update_version": True,
    "cluster.node_groups.general.max_pods": 50,
    "cluster.node_groups.general.node_config": {"kubelet": {"config": {"maxParallelImagePulls": 5}}},
    "cluster.node_groups.general.bottlerocket_settings": {"kernel": {"lockdown": "integrity"}},
    "cluster.node_groups.general.labels": {"role": "special"},
    "cluster.node_groups.general.taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
    "cluster.node_groups.general.update_config": {"max_unavailable_percentage": 50},
    "csi_addon.enabled": False,
    "csi_addon.addon.version": "v1.64.0-eksbuild.1",
    "csi_addon.addon.configuration": {"node": {"tolerateAllTaints": True}},
    "csi_addon.role_name": "ebs-csi",
    "csi_addon.managed_policy": "AmazonEBSCSIDriverPolicy",
    "csi_addon.kms_key": "customer-managed",
    "csi_addon.storage_class.name": "fast",
    "csi_addon.storage_class.is_default": False,
    "csi_addon.storage_class.reclaim_policy": "Retain",
    "csi_addon.storage_class.iops": 4000,
    "csi_addon.storage_class.throughput_mib": 250,
    "cluster_addons.identity": "pod-identity",
    "cluster_addons.image_registry": "registry.example.com",
    "cluster_addons.image_pull_secrets": ["mirror"],
    "cluster_addons.placement.node_selector": {"role": "system"},
    "cluster_addons.placement.tolerations": [{"key": "system", "operator": "Exists"}],
    "cluster_addons.timeout_seconds": 300,
    "cluster_addons.cluster_autoscaler.enabled": True,
    "cluster_addons.cluster_autoscaler.chart_version": "9.58.0",
    "cluster_addons.cluster_autoscaler.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.cluster_autoscaler.expander": "most-pods",
    "cluster_addons.cluster_autoscaler.scale_down_unneeded_time": "30m",
    "cluster_addons.cluster_autoscaler.scale_down_utilization_threshold": 0.7,
    "cluster_addons.cluster_autoscaler.skip_nodes_with_local_storage": True,
    "cluster_addons.cluster_autoscaler.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.karpenter.enabled": True,
    "cluster_addons.karpenter.chart_version": "1.14.0",
    "cluster_addons.karpenter.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.karpenter.node_pools": {"arm": {"architectures": ["arm64"]}},
    "cluster_addons.karpenter.node_classes": {"default": {"image": "bottlerocket@latest"}},
    "cluster_addons.karpenter.node_role_name": "karpenter-nodes",
    "cluster_addons.karpenter.node_policy_arns": ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
    "cluster_addons.karpenter.replicas": 1,
    "cluster_addons.karpenter.resources": {"requests": {"cpu": "2"}},
    "cluster_addons.nvidia_device_plugin.enabled": True,
    "cluster_addons.nvidia_device_plugin.chart_version": "0.19.3",
    "cluster_addons.nvidia_device_plugin.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.nvidia_device_plugin.mig_strategy": "mixed",
    "cluster_addons.nvidia_device_plugin.tolerations": [{"key": "team", "operator": "Exists"}],
    "cluster_addons.nvidia_device_plugin.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.aws_load_balancer_controller.enabled": True,
    "cluster_addons.aws_load_balancer_controller.chart_version": "3.4.3",
    "cluster_addons.aws_load_balancer_controller.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.aws_load_balancer_controller.ingress_class": "public",
    "cluster_addons.aws_load_balancer_controller.is_default_ingress_class": True,
    "cluster_addons.aws_load_balancer_controller.serves_all_services": True,
    "cluster_addons.aws_load_balancer_controller.waf": True,
    "cluster_addons.aws_load_balancer_controller.shield": True,
    "cluster_addons.aws_load_balancer_controller.replicas": 3,
    "cluster_addons.aws_load_balancer_controller.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.metrics_server.enabled": True,
    "cluster_addons.metrics_server.chart_version": "3.13.0",
    "cluster_addons.metrics_server.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.metrics_server.kubelet_insecure_tls": True,
    "cluster_addons.metrics_server.replicas": 2,
    "cluster_addons.metrics_server.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.prometheus_adapter.enabled": True,
    "cluster_addons.prometheus_adapter.chart_version": "5.2.0",
    "cluster_addons.prometheus_adapter.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.prometheus_adapter.custom_metrics": {"requests": {"series": "http_requests_total"}},
    "cluster_addons.prometheus_adapter.external_metrics": {"jobs": {"series": "jobs"}},
    "cluster_addons.prometheus_adapter.replicas": 2,
    "cluster_addons.prometheus_adapter.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.external_dns.enabled": True,
    "cluster_addons.external_dns.chart_version": "1.21.0",
    "cluster_addons.external_dns.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.external_dns.zones": [{"name": "example.org"}],
    "cluster_addons.external_dns.policy": "sync",
    "cluster_addons.external_dns.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.cert_manager.enabled": True,
    "cluster_addons.cert_manager.chart_version": "v1.21.0",
    "cluster_addons.cert_manager.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.cert_manager.dns01_zones": [{"id": "Z0123456789"}],
    "cluster_addons.cert_manager.resources": {"requests": {"cpu": "1"}},
    "cluster_addons.velero.enabled": True,
    "cluster_addons.velero.chart_version": "12.0.0",
    "cluster_addons.velero.chart_repository": "oci://registry.example.com/charts",
    "cluster_addons.velero.bucket_name": "backups",
    "cluster_addons.velero.schedules": {"weekly": {"cron": "@weekly"}},
    "cluster_addons.velero.volume_snapshots": True,
    "cluster_addons.velero.volume_kms_key_arns": [KEY],
    "cluster_addons.velero.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.chart_version": "88.5.2",
    "kube_prom_stack.chart_repository": "oci://registry.example.com/charts",
    "kube_prom_stack.image_registry": "registry.example.com",
    "kube_prom_stack.namespace": "observability",
    "kube_prom_stack.timeout_seconds": 600,
    "kube_prom_stack.monitor_label.key": "release",
    "kube_prom_stack.monitor_label.value": "other",
    "kube_prom_stack.namespace_label.key": "watched",
    "kube_prom_stack.namespace_label.value": "yes",
    "kube_prom_stack.prometheus.replicas": 2,
    "kube_prom_stack.prometheus.external_url": "https://prometheus.example.com/",
    "kube_prom_stack.priority_class": "system-cluster-critical",
    "kube_prom_stack.network_policies.enabled": True,
    "kube_prom_stack.network_policies.namespaces": ["keda"],
    "kube_prom_stack.prometheus.annotated_pods": True,
    "kube_prom_stack.prometheus.ingress": {"host": "prometheus.example.com", "cognito": COGNITO},
    "kube_prom_stack.alertmanager.ingress": {"host": "alerts.example.com", "cognito": COGNITO},
    "kube_prom_stack.prometheus.ec2_targets": {"db": {"port": 9100, "tags": {"app": "db"}}},
    "kube_prom_stack.prometheus.iam_statements": {"tags": {"actions": ["tag:GetResources"], "resources": ["*"]}},
    "kube_prom_stack.prometheus.remote_write": {"mimir": {"url": "https://mimir.example.com/api/v1/push"}},
    "kube_prom_stack.prometheus.remote_read": {"mimir": {"url": "https://mimir.example.com/api/v1/read"}},
    "kube_prom_stack.grafana.env_secrets": ["grafana-login"],
    "kube_prom_stack.grafana.data_sources": {"loki": {"type": "loki", "url": "http://loki.logs:80"}},
    "kube_prom_stack.grafana.iam_statements": {"tags": {"actions": ["tag:GetResources"], "resources": ["*"]}},
    "kube_prom_stack.alertmanager.time_intervals": {"may": [{"months": ["may"]}]},
    "kube_prom_stack.prometheus.role_name": "prometheus",
    "kube_prom_stack.thanos.bucket_name": "blocks",
    "kube_prom_stack.thanos.existing_bucket": {"name": "all-blocks"},
    "kube_prom_stack.thanos.object_store": {
        "bucket": "blocks",
        "endpoint": "minio.storage.svc:9000",
        "access_key": {"secret": "minio", "key": "access-key"},
        "secret_key": {"secret": "minio", "key": "secret-key"},
    },
    "kube_prom_stack.thanos.ruler.enabled": True,
    "kube_prom_stack.thanos.ruler.rule_files": ["pods"],
    "kube_prom_stack.thanos.ruler.replicas": 2,
    "kube_prom_stack.thanos.ruler.evaluation_interval": "5m",
    "kube_prom_stack.thanos.ruler.volume_gib": 6,
    "kube_prom_stack.thanos.ruler.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.prometheus.agent_mode": True,
    "kube_prom_stack.prometheus.retention": "5d",
    "kube_prom_stack.prometheus.volume_gib": 30,
    "kube_prom_stack.prometheus.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.alertmanager.replicas": 3,
    "kube_prom_stack.alertmanager.external_url": "https://alertmanager.example.com/",
    "kube_prom_stack.alertmanager.retention": "48h",
    "kube_prom_stack.alertmanager.volume_gib": 3,
    "kube_prom_stack.alertmanager.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.grafana.enabled": False,
    "kube_prom_stack.grafana.storage.kind": "none",
    "kube_prom_stack.grafana.storage.existing_claim": "grafana-efs",
    "kube_prom_stack.grafana.storage.postgres": {
        "host": "db.example.com",
        "password": {"secret": "db", "key": "password"},
    },
    "kube_prom_stack.grafana.logins.google": {**LOGIN, "allowed_domains": ["example.com"]},
    "kube_prom_stack.grafana.logins.github": {**LOGIN, "allowed_organizations": ["acme"]},
    "kube_prom_stack.grafana.logins.oidc": {
        **LOGIN,
        "auth_url": "https://sso.example.com/auth",
        "token_url": "https://sso.example.com/token",
    },
    "kube_prom_stack.grafana.logins.ldap": {"config_secret": "grafana-ldap"},
    "kube_prom_stack.grafana.logins.anonymous": True,
    "kube_prom_stack.grafana.logins.password": False,
    "kube_prom_stack.grafana.volume_gib": 6,
    "kube_prom_stack.grafana.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.thanos.enabled": False,
    "kube_prom_stack.release_name": "monitoring",
    "kube_prom_stack.storage_class_name": "fast",
    "kube_prom_stack.control_plane_components": ["kube-proxy"],
    "kube_prom_stack.service_type": "LoadBalancer",
    "kube_prom_stack.image_pull_secrets": ["mirror"],
    "kube_prom_stack.extra_manifests": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}],
    "kube_prom_stack.monitored_namespaces": ["kube-system", "staging"],
    "kube_prom_stack.eks_control_plane_metrics": True,
    "kube_prom_stack.placement.node_selector": {"role": "monitoring"},
    "kube_prom_stack.placement.tolerations": [{"key": "monitoring", "operator": "Exists"}],
    "kube_prom_stack.prometheus.external_labels": {"team": "sre"},
    "kube_prom_stack.prometheus.extra_scrape_configs": [{"job_name": "x"}],
    "kube_prom_stack.prometheus.pod_anti_affinity": "hard",
    "kube_prom_stack.prometheus.scrape_interval": "15s",
    "kube_prom_stack.alert_rules.default_rules": False,
    "kube_prom_stack.alert_rules.disabled_groups": ["windows"],
    "kube_prom_stack.alert_rules.files": ["node"],
    "kube_prom_stack.alert_rules.runbook_base_url": "https://example.com/",
    "kube_prom_stack.alertmanager.receivers": {"hook": {"webhook": {"url": "http://b.example.com/"}}},
    "kube_prom_stack.alertmanager.default_receiver": "null",
    "kube_prom_stack.alertmanager.dead_mans_switch": {"receiver": "hook"},
    "kube_prom_stack.alertmanager.routes": [{"receiver": "hook", "severities": ["critical"]}],
    "kube_prom_stack.alertmanager.group_by": ["alertname"],
    "kube_prom_stack.alertmanager.group_wait": "1m",
    "kube_prom_stack.alertmanager.group_interval": "10m",
    "kube_prom_stack.alertmanager.repeat_interval": "1d",
    "kube_prom_stack.alertmanager.inhibit_rules": [
        {"source_matchers": ["alertname=A"], "target_matchers": ["alertname=B"]}
    ],
    "kube_prom_stack.grafana.admin_secret": {"name": "grafana-admin"},
    "kube_prom_stack.grafana.dashboards": ["cluster/cluster-overview"],
    "kube_prom_stack.grafana.home_dashboard": "monitoring/probes",
    "kube_prom_stack.grafana.grafana_com_dashboards": {"lab": {"id": 3119, "revision": 2}},
    "kube_prom_stack.grafana.ingress": {"host": "grafana.example.com"},
    "kube_prom_stack.grafana.ini": {"users": {"viewers_can_edit": True}},
    "kube_prom_stack.grafana.plugins": ["grafana-clock-panel@2.1.3"],
    "kube_prom_stack.node_exporter.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.kube_state_metrics.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.kube_state_metrics.metric_labels_allow_list": ["pods=[app]"],
    "kube_prom_stack.probes.targets": {"home": {"url": "https://b.example.com/"}},
    "kube_prom_stack.probes.modules": {"ssh": {"prober": "tcp"}},
    "kube_prom_stack.probes.secrets": ["probe-login"],
    "kube_prom_stack.probes.replicas": 2,
    "kube_prom_stack.probes.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.probes.chart_version": "11.17.1",
    "kube_prom_stack.probes.chart_repository": "oci://registry.example.com/charts",
    "kube_prom_stack.services": {"orders": {"namespace": "shop"}},
    "kube_prom_stack.istio.enabled": True,
    "kube_prom_stack.istio.namespace": "mesh",
    "kube_prom_stack.istio.interval": "30s",
    "kube_prom_stack.istio.kiali.enabled": False,
    "kube_prom_stack.istio.kiali.chart_version": "2.28.0",
    "kube_prom_stack.istio.kiali.chart_repository": "oci://registry.example.com/charts",
    "kube_prom_stack.istio.kiali.login": "anonymous",
    "kube_prom_stack.istio.kiali.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.thanos.read_path": False,
    "kube_prom_stack.thanos.chart_version": "0.37.0",
    "kube_prom_stack.thanos.chart_repository": "oci://registry.example.com/charts",
    "kube_prom_stack.thanos.query.replicas": 2,
    "kube_prom_stack.thanos.query.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.thanos.store_gateway.replicas": 2,
    "kube_prom_stack.thanos.store_gateway.volume_gib": 11,
    "kube_prom_stack.thanos.store_gateway.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.thanos.compactor.retention": {"resolution_raw": "31d"},
    "kube_prom_stack.thanos.compactor.volume_gib": 21,
    "kube_prom_stack.thanos.compactor.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.managed_prometheus.enabled": True,
    "kube_prom_stack.managed_prometheus.existing": {
        "workspace_arn": "arn:aws:aps:us-east-2:210987654321:workspace/ws-0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
        "assume_role_arn": "arn:aws:iam::210987654321:role/remote-write",
    },
    "kube_prom_stack.managed_prometheus.workspace.alias": "metrics",
    "kube_prom_stack.managed_prometheus.workspace.retention_days": 90,
    "kube_prom_stack.managed_prometheus.workspace.kms_key_arn": KEY,
    "kube_prom_stack.managed_prometheus.workspace.logs.enabled": False,
    "kube_prom_stack.managed_prometheus.workspace.logs.retention_days": 30,
    "kube_prom_stack.managed_prometheus.remote_write.capacity": 3000,
    "kube_prom_stack.managed_prometheus.remote_write.max_samples_per_send": 900,
    "kube_prom_stack.managed_prometheus.remote_write.max_shards": 100,
    "kube_prom_stack.managed_prometheus.keep_metrics": ["up"],
    "kube_prom_stack.managed_prometheus.drop_metrics": ["go_.*"],
    "kube_prom_stack.managed_prometheus.rule_files": ["node"],
    "kube_prom_stack.managed_prometheus.alert_manager": {"definition_file": "managed-prometheus/alert-manager.yaml"},
    "kube_prom_stack.managed_grafana.enabled": True,
    "kube_prom_stack.managed_grafana.name": "graphs",
    "kube_prom_stack.managed_grafana.grafana_version": "10.4",
    "kube_prom_stack.managed_grafana.aws_sso": False,
    "kube_prom_stack.managed_grafana.saml": SAML,
    "kube_prom_stack.managed_grafana.permission_type": "CUSTOMER_MANAGED",
    "kube_prom_stack.managed_grafana.data_sources": ["PROMETHEUS"],
    "kube_prom_stack.managed_grafana.cloudwatch_log_groups": ["/aws/eks/*"],
    "kube_prom_stack.managed_grafana.notification_topics": [{"topic_arn": "arn:aws:sns:us-east-2:123456789012:alerts"}],
    "kube_prom_stack.managed_grafana.plugin_management": True,
    "kube_prom_stack.managed_grafana.unified_alerting": False,
    "kube_prom_stack.managed_grafana.in_vpc": True,
    "kube_prom_stack.managed_grafana.network_access": {"prefix_list_ids": ["pl-0a1b2c3d"]},
    "kube_prom_stack.managed_grafana.admins.group_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "kube_prom_stack.managed_grafana.admins.user_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "kube_prom_stack.managed_grafana.editors.group_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "kube_prom_stack.managed_grafana.editors.user_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "kube_prom_stack.managed_grafana.viewers.group_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "kube_prom_stack.managed_grafana.viewers.user_ids": ["0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
    "grafana_content.enabled": True,
    "grafana_content.url": "https://acme.grafana.net",
    "grafana_content.token": "monitoring/grafana",
    "grafana_content.role_arn": "arn:aws:iam::123456789012:role/grafana",
    "grafana_content.cloudwatch": False,
    "grafana_content.dashboards": ["cluster/cluster-overview"],
    "grafana_content.grafana_com_dashboards": {},
    "grafana_content.topic_arn": "arn:aws:sns:us-east-2:123456789012:alerts",
    "workloads": {"app": {"image": "registry.example.com/app:1.2.3"}},
}
# Monitoring and add-ons are tried on an existing cluster, which has no other stacks to synthesize; but not what is in
# the network.
EXISTING: dict[str, Any] = {"network": None, "cluster": {"existing": {"eks": "other"}}, "cluster_addons": {}}
MINIKUBE: dict[str, Any] = {
    "region": None,
    "network": None,
    "cluster": {"existing": {"kubeconfig_context": "minikube"}},
    "cluster_addons": {},
    "kube_prom_stack.thanos.enabled": False,
}
IN_THE_NETWORK = ("kube_prom_stack.managed_grafana.in_vpc",)
# What the settings of a section need in addition, in both syntheses.
SECTIONS: dict[str, dict[str, Any]] = {
    **{
        f"cluster_addons.{name}.": {"cluster_addons": {name: {"enabled": True}}}
        for name in (
            "cluster_autoscaler",
            "karpenter",
            "aws_load_balancer_controller",
            "metrics_server",
            "cert_manager",
            "velero",
        )
    },
    "cluster_addons.nvidia_device_plugin.": {
        "cluster_addons": {"karpenter": {"enabled": True}, "nvidia_device_plugin": {"enabled": True}}
    },
    "cluster_addons.prometheus_adapter.": {
        "cluster_addons": {
            "prometheus_adapter": {"enabled": True, "external_metrics": {"queue": {"series": "queue_length"}}}
        }
    },
    "cluster_addons.external_dns.": {
        "cluster_addons": {"external_dns": {"enabled": True, "zones": [{"name": "example.com"}]}}
    },
    "cluster_addons.": {"cluster_addons": {"cluster_autoscaler": {"enabled": True}}},
    "kube_prom_stack.probes.": {"kube_prom_stack.probes": {"targets": {"home": {"url": "https://example.com/"}}}},
    "kube_prom_stack.istio.": {"kube_prom_stack.istio": {"enabled": True}},
    "kube_prom_stack.thanos.ruler.": {"kube_prom_stack.thanos.ruler": {"enabled": True, "rule_files": ["node"]}},
    "kube_prom_stack.managed_prometheus.": {"kube_prom_stack.managed_prometheus": {"enabled": True}},
    "grafana_content.": {
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "kube_prom_stack.managed_grafana": {"enabled": True},
        "grafana_content": {"enabled": True},
    },
    "kube_prom_stack.managed_grafana.": {
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "kube_prom_stack.managed_grafana": {"enabled": True},
    },
    "kube_prom_stack.alertmanager.": {
        "kube_prom_stack.alertmanager": {
            "receivers": {"hook": {"webhook": {"url": "http://example.com/"}}},
            "default_receiver": "hook",
        }
    },
}
# What a setting needs in addition, in both syntheses.
NEEDED: dict[str, dict[str, Any]] = {
    **{
        f"cluster.auto_mode.{name}": {"cluster.node_scaling": "auto-mode", "cluster_addons": {}}
        for name in ("node_pools", "node_role_name")
    },
    "grafana_content.enabled": {
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "kube_prom_stack.managed_grafana": {"enabled": True},
    },
    "grafana_content.role_arn": {
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "grafana_content": {"enabled": True, "url": "https://acme.grafana.net"},
    },
    "cluster.node_groups.general.bottlerocket_settings": {
        "cluster.node_groups.general.ami_type": "BOTTLEROCKET_x86_64"
    },
    "kube_prom_stack.network_policies.namespaces": {"kube_prom_stack.network_policies.enabled": True},
    "network": MINIKUBE,
    "cluster.ip_family": {"network.ipv6": True},
    **dict.fromkeys(
        (
            "network.pods_subnet_tags",
            "network.intra_subnet_tags",
            "network.database_subnet_tags",
            "cluster.addons.vpc_cni.custom_networking",
        ),
        FURTHER_SUBNETS,
    ),
    "cluster.existing": {},
    "cluster_addons.velero.volume_kms_key_arns": {
        "cluster_addons": {"velero": {"enabled": True, "volume_snapshots": True}}
    },
    "cluster_addons.nvidia_device_plugin.enabled": {"cluster_addons": {"karpenter": {"enabled": True}}},
    "kube_prom_stack.service_type": MINIKUBE,
    "kube_prom_stack.thanos.ruler.enabled": {},
    "kube_prom_stack.prometheus.agent_mode": {
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "kube_prom_stack.thanos": {},
        "kube_prom_stack.prometheus": {},
    },
    "kube_prom_stack.alertmanager.default_receiver": {
        "kube_prom_stack.alertmanager": {
            "receivers": {"hook": {"webhook": {"url": "http://example.com/"}}},
            "default_receiver": "hook",
            "routes": [{"receiver": "hook", "severities": ["critical"]}],
        }
    },
    # An autoscaler would change the sizes too.
    "cluster.node_groups.general.desired_size_managed_by": {"cluster_addons": {}},
    "network.cidrs": {"network.private_subnet_cidrs": None},
    "network.vpc_cidr": {"network.private_subnet_cidrs": None, "network.public_subnet_cidrs": None},
    "cluster.endpoint_private_access": {
        "cluster.endpoint_private_access_cidrs": [],
        "cluster.endpoint_public_access": True,
        "cluster.endpoint_public_access_from_anywhere": True,
    },
    "cluster.endpoint_public_access_cidrs": {
        "cluster.endpoint_public_access": True,
        "cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"],
    },
    "cluster.enable_cluster_creator_admin_permissions": {
        "cluster.access_entries": {
            "sre": {"principal": "role/sre", "policies": [{"policy": "AmazonEKSClusterAdminPolicy"}]}
        }
    },
}
# What a setting needs in addition, in the second synthesis only.
TOGETHER: dict[str, dict[str, Any]] = {
    "kube_prom_stack.thanos.ruler.enabled": {"kube_prom_stack.thanos.ruler": {"rule_files": ["node"]}},
    "network.existing": {"network": {"zones": ["us-east-2a", "us-east-2b"], "vpc_cidr": "10.0.0.0/16"}},
    "kube_prom_stack.grafana.storage.existing_claim": {"kube_prom_stack.grafana.storage": {"kind": "existing_claim"}},
    "kube_prom_stack.grafana.storage.postgres": {"kube_prom_stack.grafana.storage": {"kind": "postgres"}},
    "kube_prom_stack.grafana.logins.password": {
        "kube_prom_stack.grafana.logins": {"google": {**LOGIN, "allowed_domains": ["example.com"]}}
    },
    "kube_prom_stack.alertmanager.time_intervals": {
        "kube_prom_stack.alertmanager.routes": [{"receiver": "null", "severities": ["info"], "muted_in": ["may"]}]
    },
    "network": {
        "region": "us-east-2",
        "cluster": {
            "name": "gd9",
            "node_groups": {"general": {}},
            "enable_cluster_creator_admin_permissions": True,
        },
    },
    "cluster.existing": {"network": None, "cluster": {}},
    "cluster.node_scaling": {"cluster_addons": {}},
    "cluster_addons.karpenter.enabled": {"cluster_addons.cluster_autoscaler.enabled": False},
    "cluster_addons.prometheus_adapter.enabled": {
        "cluster_addons.prometheus_adapter.custom_metrics": {"requests": {"series": "http_requests_total"}}
    },
    "cluster_addons.external_dns.enabled": {"cluster_addons.external_dns.zones": [{"name": "example.com"}]},
    "kube_prom_stack.managed_grafana.enabled": {"kube_prom_stack.managed_prometheus": {"enabled": True}},
    "kube_prom_stack.monitor_label.key": {"kube_prom_stack.monitor_label": {"value": "kube-prometheus-stack"}},
    "kube_prom_stack.managed_grafana.aws_sso": {"kube_prom_stack.managed_grafana": {"enabled": True, "saml": SAML}},
    "kube_prom_stack.managed_grafana.in_vpc": {
        "network.interface_endpoints": ["aps-workspaces", "ec2", "logs", "monitoring"]
    },
    "cluster.endpoint_public_access_from_anywhere": {"cluster.endpoint_public_access": True},
    "region": {"network.zones": ["us-west-2a", "us-west-2b"]},
    "cluster.endpoint_public_access": {"cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"]},
}
BACKENDS: dict[str, Any] = {
    "bucket": {**S3, "bucket": "another-state"},
    "region": {**S3, "region": "eu-west-1"},
    "key_prefix": {**S3, "key_prefix": "eks/"},
    "kms_key_arn": {**S3, "kms_key_arn": KEY},
    "profile": {**S3, "profile": "states"},
    "assume_role": {**S3, "assume_role": {"role_arn": "arn:aws:iam::210987654321:role/states", "external_id": "eks-1"}},
    "dynamodb_table": {**S3, "dynamodb_table": "terraform-locks"},
}
# Tried where the whole of it is: overlays; what decides what is refused, not what is made; commands.
ELSEWHERE = {
    "commands.aws_profile",
    "commands.assume_role_arn",
    "commands.policy_checks",
    "commands.assume_role_external_id",
    "commands.assume_role_session_tags",
    *(
        f"commands.hooks.{command}.{when}"
        for command in ("plan", "deploy", "destroy")
        for when in ("before", "after", "on_error")
    ),
    *(f"policy.{name}" for name in ("packs", "rules", "exceptions")),
    "cluster.allow_unlisted_version",
    "moved",
    "kube_prom_stack.release_secrets",
    "kube_prom_stack.alert_rules.severities",
    "kube_prom_stack.release_values_file",
    "kube_prom_stack.prometheus.samples_per_second",
    "kube_prom_stack.values_files",
}
# Sections that are tried as one setting.
WHOLE = (Resources, ThanosRetention, UpdateConfig)


def leaves(model: type[Settings], prefix: str = "") -> Iterator[str]:
    """Yield the path of each setting that is not itself a section, and of the sections that may be missing."""
    for name, field in model.model_fields.items():
        path, annotation = f"{prefix}{name}", field.annotation
        if path == "network":
            yield path
            annotation = NetworkSettings
        if name == "node_groups":
            yield from leaves(get_args(annotation)[1], f"{path}.general.")
        elif isinstance(annotation, type) and issubclass(annotation, Settings) and annotation not in WHOLE:
            yield from leaves(annotation, f"{path}.")
        else:
            yield path


def test_every_setting_is_tried() -> None:
    assert set(leaves(Environment)) - ELSEWHERE == set(CHANGES)


def synthesize_stacks(settings: dict[str, Any], vary: Vary, outdir: Path) -> Stacks:
    """Return the JSON of each stack."""
    synthesized = synthesize([vary(settings)], outdir)
    return {name: stack.json for name, stack in synthesized.stacks.items()}


def needed_beside(setting: str) -> dict[str, Any]:
    """Return what a setting needs in addition in both syntheses; nothing for most."""
    is_in_cluster = setting.startswith(("kube_prom_stack.", "cluster_addons.")) and setting not in IN_THE_NETWORK
    cluster = EXISTING if is_in_cluster else {}
    if setting in NEEDED:
        return {**cluster, **NEEDED[setting]}
    sections = [needs for section, needs in SECTIONS.items() if setting.startswith(section)]
    switches_section_on = setting.endswith(".enabled") and setting.count(".") == 2
    return cluster if switches_section_on or not sections else {**cluster, **sections[0]}


@pytest.fixture(scope="module")
def synthesize_settings(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Return a function that gives the JSON of each stack; what was synthesized once is remembered."""
    known: dict[str, Stacks] = {}

    def run(settings: dict[str, Any]) -> Stacks:
        key = json.dumps(settings, sort_keys=True)
        if key not in known:
            known[key] = synthesize_stacks(settings, vary, tmp_path_factory.mktemp("settings"))
        return known[key]

    return run


def changed(setting: str) -> dict[str, Any]:
    """Return what a setting needs in addition, with the setting changed."""
    return {**deepcopy(needed_beside(setting)), **TOGETHER.get(setting, {}), setting: CHANGES[setting]}


@pytest.mark.parametrize("setting", CHANGES)
def test_setting_has_an_effect(setting: str, synthesize_settings: Synthesize) -> None:
    assert synthesize_settings(changed(setting)) != synthesize_settings(needed_beside(setting))


def claims_of(releases: dict[str, Any]) -> dict[str, str]:
    """Return what Helm deletes, and what Kubernetes fixes, by its place in the values of releases."""
    found = {}

    def collect(path: str, value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if key == "persistence" and inner["enabled"] and "existingClaim" not in inner:
                size = inner.get("size") if "thanos" in path else None
                found[path] = str([inner.get("storageClassName"), size])
            if key == "kind" and inner in ("PersistentVolumeClaim", "StatefulSet") and "spec" in value:
                spec = value["spec"]
                found[path] = str(spec.get("volumeClaimTemplates") if inner == "StatefulSet" else spec)
            elif isinstance(inner, dict | list) and key != "volumeClaimTemplates":
                collect(f"{path}.{key}", inner)

    for name, release in releases.items():
        collect(name, [json.loads(values) for values in release.get("values", ())])
    return found


@pytest.mark.parametrize(
    "setting", [setting for setting in CHANGES if not setting.startswith(("cluster.", "network."))]
)
def test_no_claim_is_lost_unnoticed(setting: str, synthesize_settings: Synthesize) -> None:
    before, after = synthesize_settings(needed_beside(setting)), synthesize_settings(changed(setting))
    for name in before.keys() & after.keys():
        old, new = (stacks[name].get("resource", {}).get("helm_release", {}) for stacks in (before, after))
        for address in old.keys() & new.keys():
            claims = [claims_of({address: releases[address]}) for releases in (old, new)]
            stays = all(claims[1].get(path) == claim for path, claim in claims[0].items())
            update = {"actions": ["update"], "before": old[address], "after": new[address]}
            entry = {"address": f"helm_release.{address}", "type": "helm_release", "change": update}
            assert stays or worst(judge({"resource_changes": [entry]})) is Effect.LOSES


@pytest.mark.parametrize("setting", BACKENDS)
def test_s3_backend_setting_has_an_effect(setting: str, vary: Vary, tmp_path: Path) -> None:
    before = synthesize_stacks({"backend": S3}, vary, tmp_path / "before")
    assert synthesize_stacks({"backend": BACKENDS[setting]}, vary, tmp_path / "after") != before
