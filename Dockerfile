# Images of the server and the trainer. The build stage calls the same verbs as
# everybody; what runs carries the programs, the shared objects that they load, and
# nothing to build with.
#
#   docker build --target server-cpu  -t hypergan-server:cpu .
#   docker build --target server-cuda -t hypergan-server:cuda .
#   docker build --target front       -t hypergan-front .
#   docker build --target trainer     -t hypergan-trainer .     (for the CPU)
#   docker build --target trainer --build-arg TRAINER_DEVICE=cuda \
#                                     -t hypergan-trainer:cuda .
ARG TRAINER_DEVICE=cpu

FROM debian:12-slim AS build
ENV PIP_NO_CACHE_DIR=1
WORKDIR /src
# By itself, so that a change of the sources does not install anything again.
COPY run ./
COPY scripts/common.sh scripts/setup.sh scripts/
COPY tests/requirements.txt tests/
RUN ./run setup build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./run build \
    && cmake --install build/release --component programs --strip \
        --prefix /opt/hypergan \
    && cmake --install build/release --component libtorch --prefix /opt/libtorch-cpu

# The programs are the same; CUDA is loaded at run time, where it is.
FROM build AS build-cuda
RUN HYPERGAN_TORCH=full ./run setup build \
    && deploy/collect_cuda.sh /opt/libtorch-cuda

FROM debian:12-slim AS runtime
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="HyperGAN Serving" \
      org.opencontainers.image.description="Generated neural networks, served with their uncertainty" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# The newest of Debian 12 is wanted: it has the security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libarchive13 libgrpc++1.51 libjpeg62-turbo libpng16-16 libprometheus-cpp-core1.0 \
        libprotobuf32 libwebp7 libzip4 \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/hypergan/bin:$PATH
# Nobody's number: the programs need no rights and write nowhere of themselves.
USER 65532:65532
STOPSIGNAL SIGTERM

FROM runtime AS runtime-cpu
COPY --from=build /opt/libtorch-cpu/ /opt/hypergan/

FROM runtime AS runtime-cuda
COPY --from=build-cuda /opt/libtorch-cuda/ /opt/hypergan/
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

# Listening on every address is for inside the container: what the outside reaches
# is decided where its ports are published (deploy/compose.yaml: the loopback).
FROM runtime-cpu AS server-cpu
COPY --from=build /opt/hypergan/bin/hypergan-server /opt/hypergan/bin/hypergan-client /opt/hypergan/bin/
EXPOSE 8001 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["hypergan-client", "health", "--server=127.0.0.1:8001"]
ENTRYPOINT ["hypergan-server", "--model_repository=/models", "--listen=0.0.0.0:8001", "--metrics_listen=0.0.0.0:8002"]

FROM runtime-cuda AS server-cuda
COPY --from=build /opt/hypergan/bin/hypergan-server /opt/hypergan/bin/hypergan-client /opt/hypergan/bin/
EXPOSE 8001 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["hypergan-client", "health", "--server=127.0.0.1:8001"]
ENTRYPOINT ["hypergan-server", "--model_repository=/models", "--listen=0.0.0.0:8001", "--metrics_listen=0.0.0.0:8002", "--device=cuda"]

# Envoy with the shipped files; its base runs as a number without rights, too. WORKDIR
# makes the folder in which a certificate may be mounted.
FROM envoyproxy/envoy:distroless-v1.40.0 AS front
WORKDIR /etc/envoy/tls
WORKDIR /etc/envoy
USER 65532:65532
COPY deploy/envoy/envoy.yaml deploy/envoy/secrets.yaml ./
COPY --from=build /src/build/release/front/ensemble.binpb ./
EXPOSE 8080 8443 8090
CMD ["--config-path", "/etc/envoy/envoy.yaml", "--disable-hot-restart", "--concurrency", "2"]

# hadolint ignore=DL3006
FROM runtime-${TRAINER_DEVICE} AS trainer
COPY --from=build /opt/hypergan/bin/hypergan-trainer /opt/hypergan/bin/
ENTRYPOINT ["hypergan-trainer"]
