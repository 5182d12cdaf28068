# The connector as an image: `serve` by default; `docker run ... IMAGE backfill` is the one-shot load.
# BASE is any Debian with Python 3.11 and its venv module; the same for both stages, since the environment keeps
# the path of its interpreter.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
# requirements-cluster.lock: with what a ledger on PostgreSQL and several workers need
ARG LOCK=requirements.lock

FROM ${BASE} AS build
ARG LOCK
WORKDIR /src
COPY requirements.lock requirements-cluster.lock ./
COPY tools/pip-settings ./tools/
# Only what the lock names, byte for byte; what builds the package (hatchling, which the lock names too) stays behind.
RUN python3 -m venv /opt/connector \
 && if [ "${LOCK}" != requirements.lock ]; then cp "${LOCK}" requirements.lock; fi \
 && eval "$(tools/pip-settings)" \
 && /opt/connector/bin/pip install --no-cache-dir --no-compile --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY connector ./connector
RUN eval "$(tools/pip-settings)" \
 && /opt/connector/bin/pip install --no-cache-dir --no-compile --no-deps --no-build-isolation . \
 && /opt/connector/bin/pip check \
 && /opt/connector/bin/python -m compileall -q /opt/connector/lib \
 && /opt/connector/bin/pip uninstall --yes --quiet editables hatchling packaging pathspec pluggy tomlkit trove-classifiers setuptools pip

FROM ${BASE}
COPY --from=build /opt/connector /opt/connector
# A fixed number, so that the owner of mounted volumes can be set without knowing the image.
RUN echo 'connector:x:10001:10001::/var/lib/interact-connector:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'connector:x:10001:' >> /etc/group \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/interact-connector /etc/interact-connector
ENV PATH=/opt/connector/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONNECTOR_SETTINGS=/etc/interact-connector/settings.toml \
    CONNECTOR_LEDGER__URL=sqlite:////var/lib/interact-connector/ledger.db \
    CONNECTOR_TEXT__CACHE=/var/lib/interact-connector/text
# What SQLite puts aside while it writes a ledger anew is as large as the ledger: it belongs beside it, not into a small /tmp.
ENV SQLITE_TMPDIR=/var/lib/interact-connector
USER 10001:10001
WORKDIR /var/lib/interact-connector
VOLUME /var/lib/interact-connector
EXPOSE 9470
# Asked from inside, so that it works with the default of listening on this machine only; never through a proxy, which Docker
# may name in the environment of every container.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "from urllib.request import *; build_opener(ProxyHandler({})).open('http://127.0.0.1:9470/health/live', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["connector"]
CMD ["serve"]
