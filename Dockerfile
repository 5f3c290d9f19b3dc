# The one image of the platform: web server, worker and simulator differ by their command only.
FROM python:3.13-slim AS packages
WORKDIR /build
COPY requirements.txt .
# Wheels only: nothing is compiled here, so nothing that compiles is needed.
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --only-binary=:all: \
        --require-hashes -r requirements.txt

# What browsers load, put together by npm. Node comes from PyPI, so one base image is enough.
FROM python:3.13-slim AS assets
WORKDIR /build
COPY requirements-assets.txt .
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes -r requirements-assets.txt
COPY package.json package-lock.json .npmrc ./
COPY frontend frontend
RUN npm ci --omit=dev --ignore-scripts && npm run build

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin energy
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /build/frontend/built frontend/built
# The settings want an environment; these values are gone when the files are collected.
RUN SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built \
    ALLOWED_HOSTS=localhost DATABASE_URL=postgres:// BROKER_URL=memory:// REDIS_URL=memory:// \
    python manage.py collectstatic --no-input
# By its number, from which an orchestrator sees that it is not root.
USER 10001

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "docker/web_health.py"]
# The shell replaces itself, so that the server gets the signals.
CMD ["sh", "-c", "exec daphne -b 0.0.0.0 -p \"${PORT:-8000}\" energy.asgi:application"]
