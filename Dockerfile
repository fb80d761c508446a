# The first stage installs what the lock says; the second holds only that, the code and the seed.
FROM python:3.13-slim AS build
WORKDIR /factbook
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.13-slim
WORKDIR /factbook
RUN useradd --system --create-home --home-dir /data factbook
COPY --from=build /factbook/.venv .venv
COPY app app
COPY migrations migrations
COPY seed seed
USER factbook
ENV PATH=/factbook/.venv/bin:$PATH \
    FACTBOOK_HOST=0.0.0.0 \
    FACTBOOK_PORT=8000 \
    FACTBOOK_DATABASE_URL=sqlite:////data/factbook.db
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["sh", "-c", "python -m app load && exec python -m app serve"]
