# One process, not root, nothing in the image but Python and what locks/runtime.txt names.
FROM python:3.11-slim AS build
WORKDIR /src
COPY locks/build.txt locks/runtime.txt locks/
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --require-hashes --no-deps -r locks/runtime.txt \
 && pip install --no-cache-dir --require-hashes -r locks/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /app/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/scorehouse --create-home scorehouse
COPY --from=build /app /app
USER scorehouse
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SCOREHOUSE_HOST=0.0.0.0 \
    SCOREHOUSE_DATA=/var/lib/scorehouse/data
VOLUME /var/lib/scorehouse
EXPOSE 4480
# /health says that the process lives; whether the database answers is /ready, which a proxy asks.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
  "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"SCOREHOUSE_PORT\") or 4480}/health', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["scorehouse"]
CMD ["serve"]
