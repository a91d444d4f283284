"""The image's health check: does the service's loop still come round? Exit code 0 where it does."""

import os
import sys
import urllib.request

address = f"http://127.0.0.1:{os.environ.get('WARMLINE_HTTP_PORT', '8080')}/livez"
try:
    with urllib.request.urlopen(address, timeout=4) as answer:  # our own address
        answer.read()
except OSError as error:
    sys.exit(f"{address}: {error}")
