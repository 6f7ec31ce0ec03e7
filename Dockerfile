# The page on the shipped detector:  docker build -t fauxface . && docker run --rm -p 8000:8000 -v faces:/data fauxface
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# What is installed is this checkout; the bounds of the rest stand in pyproject.toml.
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --prefix=/install '.[postgresql]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home fauxface
COPY --from=build /install /usr/local
ENV FAUXFACE_DATA_DIR=/data \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["fauxface", "serve", "--host", "0.0.0.0", "--port", "8000"]
