# docker build -t saddlepoint .                                    CPU
# docker build --build-arg TORCH_INDEX=<PyTorch's cu index> ...     CUDA; run with --gpus all
# docker build --build-arg EXTRAS="ray==2.60.0" ...                 more packages, as Ray for a cluster
# docker run --rm -p 8501:8501 --read-only --tmpfs /tmp saddlepoint   one process
# docker compose -f deploy/compose.yaml up                            one for each core, behind nginx

FROM python:3.12-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt /tmp/
# torch is by far the largest layer: alone and first, so that it survives other upgrades
RUN pip install --index-url "$TORCH_INDEX" "$(grep '^torch==' /tmp/requirements.txt)"
RUN pip install -r /tmp/requirements.txt $EXTRAS
WORKDIR /app
COPY . .
# the files that are served, published now because the running container may be read-only
RUN python -c "from pages.ui import serve; serve.publish()" && python -m compileall -q .

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /tmp saddlepoint \
    && install -d -o 10001 /data
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false RAY_USAGE_STATS_ENABLED=0
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8501
# patient: it asks for a worker too, which a busy machine may let wait for some seconds
HEALTHCHECK --interval=30s --timeout=30s --start-period=120s --retries=4 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/readyz', timeout=25)"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.port=8501", "--server.address=0.0.0.0", "--server.headless=true"]
