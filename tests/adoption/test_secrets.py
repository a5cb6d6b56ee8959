"""What looks like a secret: generated ones of many kinds are found, and what only resembles them is not."""

from __future__ import annotations

import base64
import json
import random
import string
from typing import Any

import pytest

from adoption.keeping.secrets import is_secret, secrets_in

ALPHANUMERIC = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def text(chance: random.Random, length: int, letters: str = ALPHANUMERIC) -> str:
    """Return random letters."""
    return "".join(chance.choice(letters) for _ in range(length))


def generated(chance: random.Random) -> dict[str, tuple[str, str]]:
    """Return a key and a secret of each kind, none of which was ever given out."""

    def t(length: int, letters: str = ALPHANUMERIC) -> str:
        return text(chance, length, letters)

    jwt = ".".join(("eyJ" + t(20), "eyJ" + t(40), t(43)))
    return {
        "password": ("adminPassword", t(9)),
        "password in lower case": ("smtp_auth_password", t(8, string.ascii_lowercase)),
        "variable": ("DB_PASSWORD", t(14)),
        "aws key id": ("extraArgs", f"--id=AKIA{t(16, string.ascii_uppercase + '234567')}"),
        "aws secret": ("secret_key", t(40, ALPHANUMERIC + "+/")),
        "github": ("args", f"ghp_{t(36)}"),
        "gitlab": ("value", f"glpat-{t(20)}"),
        "slack webhook": ("api_url", f"https://hooks.slack.com/services/T{t(8)}/B{t(8)}/{t(24)}"),
        "slack token": ("x", f"xoxb-{t(11, string.digits)}-{t(24)}"),
        "pagerduty": ("routing_key", t(32, HEX)),
        "opsgenie": ("api_key", "-".join(t(n, HEX) for n in (8, 4, 4, 4, 12))),
        "url with password": ("remote", f"https://prometheus:{t(12)}@metrics.example.com/api/v1/write"),
        "database": ("url", f"postgres://grafana:{t(10)}@db:5432/grafana"),
        "jwt": ("header", jwt),
        "private key": ("tls", f"-----BEGIN RSA PRIVATE KEY-----\n{t(64)}\n-----END RSA PRIVATE KEY-----\n"),
        "bearer": ("authorization_header", f"Bearer {t(40)}"),
        "basic": ("Header", "Basic " + base64.b64encode(f"user:{t(10)}".encode()).decode()),
        "grafana": ("value", f"glsa_{t(32)}_{t(8, HEX)}"),
        "telegram": ("bot", f"{t(9, '123456789')}:{t(35)}"),
        "random in base64": ("anything", base64.b64encode(chance.randbytes(33)).decode()),
        "random": ("setting", t(32)),
        "settings file": ("grafana.ini", f"[smtp]\nuser = ops\npassword = {t(12)}\n"),
        "sentry": ("dsn", f"https://{t(32, HEX)}@o1.ingest.sentry.io/{t(7, '123456789')}"),
        "azure": ("storage", f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={t(86)}=="),
        "bcrypt": ("users", f"admin:$2y$10${t(53)}"),
    }


def generated_elsewhere(chance: random.Random) -> dict[str, tuple[str, str]]:
    """Return further kinds: of other services, and inside files, commands and headers."""

    def t(length: int, letters: str = ALPHANUMERIC) -> str:
        return text(chance, length, letters)

    def uuid() -> str:
        return "-".join(t(n, HEX) for n in (8, 4, 4, 4, 12))

    def in_base64(plain: str) -> str:
        return base64.b64encode(plain.encode()).decode()

    return {
        "datadog": ("apiKey", t(32, HEX)),
        "splunk hec": ("hec_token", uuid()),
        "mailgun": ("config", f"api: key-{t(32, HEX)}"),
        "twilio": ("authToken", t(32, HEX)),
        "kafka jaas": (
            "sasl_jaas_config",
            f'org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="{t(14)}";',
        ),
        "jdbc": ("url", f"jdbc:postgresql://db.example.com:5432/app?user=app&password={t(12)}"),
        "redis": ("REDIS_URL", f"redis://:{t(16)}@redis:6379/0"),
        "mongodb": ("uri", f"mongodb+srv://app:{t(14)}@cluster0.mongodb.net/x"),
        "amqp": ("broker", f"amqp://app:{t(10)}@mq:5672/"),
        "htpasswd sha": ("htpasswd", f"admin:{{SHA}}{t(27)}="),
        "netrc": ("netrc", f"machine git.example.com login ci password {t(16)}"),
        "pgpass": ("pgpass", f"db.example.com:5432:app:app:{t(16)}"),
        "npmrc": (".npmrc", f"//registry.example.com/:_authToken={t(36)}"),
        "docker config": (
            "config.json",
            json.dumps({"auths": {"registry.example.com": {"auth": in_base64("ci:" + t(16))}}}),
        ),
        "kubeconfig key": (
            "client-key-data",
            in_base64(f"-----BEGIN RSA PRIVATE KEY-----\n{t(64)}\n-----END RSA PRIVATE KEY-----\n"),
        ),
        "argument": ("args", f"--web.password={t(12)}"),
        "argument apart": ("command", f"mysqld_exporter --mysqld.password {t(12)} --collect.all"),
        "curl user": ("command", f"curl -u admin:{t(12)} https://es:9200/_cat/indices"),
        "header": ("extraHeaders", f"X-Api-Key: {t(32)}"),
        "token header": ("header", f"Authorization: Token {t(40, HEX)}"),
        "ldap": ("ldap.toml", f'bind_dn = "cn=admin"\nbind_password = "{t(12)}"\n'),
        "victorops": ("api_key", uuid()),
        "pushover": ("user_key", t(30, string.ascii_lowercase + string.digits)),
        "remote write": ("password", t(40)),
        "sigv4": ("secret_key", t(40, ALPHANUMERIC + "+/")),
        "session token": ("AWS_SESSION_TOKEN", t(120, ALPHANUMERIC + "+/")),
        "oauth": ("GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET", t(32)),
        "yaml in text": (
            "datasources.yaml",
            f"datasources:\n- name: es\n  basicAuthPassword: {t(14)}\n  url: http://es\n",
        ),
        "env line": ("envFile", f"LEVEL=info\nDB_PASS={t(14)}\n"),
        "words": ("adminPassword", f"correct-horse-{t(5, string.ascii_lowercase)}"),
        "pin": ("snmp_community_password", t(8)),
        "cosign": (
            "cosign.key",
            f"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n{t(64)}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
        ),
        "azure sas": ("url", f"https://acc.blob.core.windows.net/c?sv=2022-11-02&sig={t(43)}%3D"),
        "gcp": (
            "credentials.json",
            json.dumps({"type": "service_account", "private_key": f"-----BEGIN PRIVATE KEY-----\n{t(64)}\n"}),
        ),
    }


INNOCENT: dict[str, list[str]] = {
    "existingSecret": ["grafana-admin", "alertmanager-config"],
    "secretName": ["tls-example-com"],
    "passwordKey": ["password", "admin-password"],
    "userKey": ["admin-user"],
    "tokenUrl": ["https://login.example.com/oauth2/token"],
    "token_url": ["https://accounts.google.com/o/oauth2/token"],
    "password_file": ["/etc/secrets/password"],
    "bearerTokenFile": ["/var/run/secrets/kubernetes.io/serviceaccount/token"],
    "adminPassword": ["", "${ADMIN_PASSWORD}", "$__file{/etc/secrets/admin}", "{{ .Values.password }}", "$(PASSWORD)"],
    "auth": ["none", "basic", "enabled"],
    "automountServiceAccountToken": ["true"],
    "image": ["quay.io/prometheus/prometheus@sha256:" + "0a1b2c3d" * 8, "registry.k8s.io/kube-state-metrics:v2.10.1"],
    "sha": ["0123456789abcdef0123456789abcdef01234567"],
    "digest": ["sha256:" + "9f86d081" * 8],
    "uid": ["efa86fd1d0c121a26444b636a3f509a8", "AbC3dEf6hIj9KlMnOpQr"],
    "dashboard": ["https://grafana.com/api/dashboards/1860/revisions/27/download"],
    "role": ["arn:aws:iam::123456789012:role/eksctl-dev-gd9-Role1-1A2B3C4D5E6F7"],
    "eks.amazonaws.com/role-arn": ["arn:aws:iam::123456789012:role/prometheus"],
    "subnets": ["subnet-0123456789abcdef0,subnet-0fedcba9876543210"],
    "securityGroup": ["sg-0ff16198f15556264"],
    "expr": [
        'sum(rate(http_requests_total{job="api",code=~"5.."}[5m])) by (namespace) > 0.05',
        "kube_pod_container_status_restarts_total offset 10m",
    ],
    "alert": ["KubeStatefulSetGenerationMismatch", "PrometheusRemoteWriteDesiredShards", "etcdHTTPRequestsSlow2xx"],
    "policy": ["AmazonEC2ContainerRegistryReadOnly"],
    "url": ["https://prometheus.example.com/alerts?filter=namespace%3Dmonitoring", "http://loki-gateway.logs.svc:3100"],
    "endpoint": ["https://ABCDEF0123456789ABCDEF0123456789.gr7.us-east-2.eks.amazonaws.com"],
    "caBundle": ["LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJPakNCN2FBREFnRUNBaFEzanpkNWZoTkJi"],
    "node": ["ip-10-0-12-34.us-east-2.compute.internal"],
    "bucket": ["gd9-thanos-123456789012-us-east-2"],
    "storageClassName": ["gp3-encrypted-retain"],
    "storage": ["50Gi"],
    "cron": ["0 */6 * * *"],
    "version": ["v1.18.0-eksbuild.1"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "description": ["The password of the administrator comes from a secret of the namespace.", "Token is refreshed"],
    "relabel": ["__meta_kubernetes_pod_annotation_prometheus_io_scrape"],
    "args": ["--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=15d", "--token-file /etc/token"],
    "secrets": ["etcd-client-cert"],
    "session_token_ttl": ["24h"],
    "tokenExpiry": ["3600"],
    "kmsKeyId": ["alias/aws/ebs"],
    "labelSelector": ["app.kubernetes.io/name=grafana,app.kubernetes.io/instance=kube-prometheus-stack"],
    "template": ['{{ template "slack.default.text" . }}'],
    "config": ["[auth]\ndisable_login_form = false\n[smtp]\npassword = $__env{SMTP_PASSWORD}\n"],
    "tokenSecretKey": ["token"],
    "keystorePasswordSecretKey": ["keystore-password"],
    "existingPasswordSecretKey": ["password"],
    "configFromSecret": ["prometheus-config"],
    "adminTokenSecret": ["admin-token"],
    "privateKeySecret": ["my-secret"],
    "secret": ["ca-certs-secret"],
    "auth.modules": ["public_v2"],
    "knownHosts": ["github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"],
    "address": ["aHR0cHM6Ly9hcGkuZGF0YWRvZ2hxLmNvbQo="],
    "clientSecret": ["XXXXXXXX"],
    "path": ["/var/lib/kubelet/plugins/kubernetes.io/csi/ebs.csi.aws.com/0a1b2c3d4e5f60718293a4b5c6d7e8f9"],
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_secrets_of_every_kind_are_found(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no real secrets
    found = generated(chance) | generated_elsewhere(chance)
    assert len(found) >= 55
    assert [kind for kind, (key, value) in found.items() if not is_secret(key, value)] == []


def test_look_alikes_are_left_alone() -> None:
    pairs = [(key, value) for key, values in INNOCENT.items() for value in values]
    assert len(pairs) >= 60
    assert [(key, value) for key, value in pairs if is_secret(key, value)] == []


def test_places_in_values_are_told() -> None:
    values: dict[str, Any] = {
        "grafana": {"adminPassword": "hunter2", "env": {"GF_TOKEN": "abc123"}, "replicas": 2},
        "alertmanager": {"config": {"receivers": [{"name": "a", "slack_configs": [{"channel": "#a"}]}]}},
        "extraEnv": [{"name": "API_TOKEN", "value": "abc123"}, {"name": "LEVEL", "value": "debug"}],
        "args": ["--quiet", "https://user:hunter2@example.com"],
        "extraManifests": [{"kind": "Secret", "metadata": {"name": "a"}, "stringData": {"anything": "hunter2"}}],
    }
    assert list(secrets_in(values)) == [
        ("grafana", "adminPassword"),
        ("grafana", "env", "GF_TOKEN"),
        ("extraEnv", 0, "value"),
        ("args", 1),
        ("extraManifests", 0, "stringData", "anything"),
    ]
