"""Writes which services regions with EKS lack, from the endpoints that botocore knows.

`python -m checks.lacking_services` needs the packages for development. After an update of botocore a test says when the
file is out of date.
"""

from __future__ import annotations

import json
from typing import Final

import botocore.session

from config.core import aws
from config.core.files.written_files import TRACKED, write_whole
from config.core.region_services import FILE

SERVICES: Final = {"amp": "Amazon Managed Service for Prometheus", "grafana": "Amazon Managed Grafana"}


def content() -> str:
    """Return the text of the file."""
    session = botocore.session.Session()
    lacking = {
        name: sorted(
            region
            for partition, regions in aws.REGIONS.items()
            for region in set(regions) - set(session.get_available_regions(service, partition))
        )
        for service, name in SERVICES.items()
    }
    return json.dumps(lacking, indent=1) + "\n"


if __name__ == "__main__":
    write_whole(FILE, content(), mode=TRACKED)
