# Images of the server and the trainer. The build stage calls the same verbs as
# everybody. What runs carries the programs, the shared objects that they load, their
# licences and a list of them: no shell, no package manager.
#
#   docker build --target server-cpu  -t hypergan-server:cpu .
#   docker build --target server-cuda -t hypergan-server:cuda .
#   docker build --target demo        -t hypergan-demo .
#   docker build --target front       -t hypergan-front .
#   docker build --target trainer     -t hypergan-trainer .     (for the CPU)
#   docker build --target trainer --build-arg TRAINER_DEVICE=cuda \
#                                     -t hypergan-trainer:cuda .
#
# `./run image` builds them with buildah from a base that it makes itself.
ARG DEBIAN=12
# To pin it: debian@sha256:...
ARG BASE=debian:${DEBIAN}-slim
ARG TRAINER_DEVICE=cpu
ARG VERSION=0.1.0

FROM ${BASE} AS build
ENV CCACHE_DIR=/var/cache/ccache
# The newest of Debian is wanted: it has the security fixes.
# hadolint ignore=DL3009
RUN apt-get update && apt-get upgrade -y
WORKDIR /src
# By itself, so that a change of the sources does not install anything again.
COPY scripts/common.sh scripts/setup.sh scripts/
COPY tests/requirements.txt tests/
RUN --mount=type=cache,target=/root/.cache/pip \
    scripts/setup.sh build && rm -rf /var/lib/apt/lists/*
COPY . .
# LibTorch's symbol tables are for debuggers: a fifth of its size.
RUN --mount=type=cache,target=/var/cache/ccache \
    ./run build \
    && cmake --install build/release --component programs --strip \
        --prefix /opt/hypergan \
    && cmake --install build/release --component libtorch --prefix /opt/libtorch-cpu \
    && strip --strip-unneeded /opt/libtorch-cpu/lib/hypergan-serving/*

# The programs are the same; CUDA is loaded at run time, where it is.
FROM build AS build-cuda
RUN --mount=type=cache,target=/root/.cache/pip \
    HYPERGAN_TORCH=full ./run setup build \
    && deploy/collect_cuda.sh /opt/libtorch-cuda

# Root file systems: what the programs need of Debian.
FROM build AS server-cpu-root
ARG VERSION
RUN deploy/shipping/root.py /opt/root --name hypergan-server --version "${VERSION}" \
        build/release/bin/hypergan-server build/release/bin/hypergan-client

FROM build AS trainer-cpu-root
ARG VERSION
RUN deploy/shipping/root.py /opt/root --name hypergan-trainer --version "${VERSION}" \
        build/release/bin/hypergan-trainer

# The list is of what pip has installed, of which /opt/libtorch-cuda is a copy.
FROM build-cuda AS server-cuda-root
ARG VERSION
RUN deploy/shipping/root.py /opt/root --name hypergan-server --version "${VERSION}" \
        build/release/bin/hypergan-server build/release/bin/hypergan-client \
        .venv/lib/python3*/site-packages/torch/lib/libtorch_cuda.so

FROM build-cuda AS trainer-cuda-root
ARG VERSION
RUN deploy/shipping/root.py /opt/root --name hypergan-trainer --version "${VERSION}" \
        build/release/bin/hypergan-trainer \
        .venv/lib/python3*/site-packages/torch/lib/libtorch_cuda.so

FROM scratch AS runtime
ARG VERSION
ARG REVISION=unknown
LABEL org.opencontainers.image.title="HyperGAN Serving" \
      org.opencontainers.image.description="Generated neural networks, served with their uncertainty" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/hypergan/bin
# The programs need no rights and write nowhere of themselves.
USER 65532:65532
STOPSIGNAL SIGTERM

FROM runtime AS runtime-cuda
# The NVIDIA container runtime refuses a driver that is too old for this LibTorch.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_REQUIRE_CUDA="cuda>=13.0"

# Listening on every address is for inside the container: what the outside reaches
# is decided where its ports are published (deploy/compose.yaml: the loopback).
FROM runtime AS server-cpu
COPY --from=server-cpu-root /opt/root/ /
COPY --from=build /opt/libtorch-cpu/ /opt/hypergan/
COPY --from=build /opt/hypergan/bin/hypergan-server /opt/hypergan/bin/hypergan-client /opt/hypergan/bin/
EXPOSE 8001 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["hypergan-client", "health", "--server=127.0.0.1:8001"]
ENTRYPOINT ["hypergan-server", "--model_repository=/models", "--listen=0.0.0.0:8001", "--metrics_listen=0.0.0.0:8002"]

FROM runtime-cuda AS server-cuda
COPY --from=server-cuda-root /opt/root/ /
COPY --from=build-cuda /opt/libtorch-cuda/ /opt/hypergan/
COPY --from=build /opt/hypergan/bin/hypergan-server /opt/hypergan/bin/hypergan-client /opt/hypergan/bin/
EXPOSE 8001 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["hypergan-client", "health", "--server=127.0.0.1:8001"]
ENTRYPOINT ["hypergan-server", "--model_repository=/models", "--listen=0.0.0.0:8001", "--metrics_listen=0.0.0.0:8002", "--device=cuda"]

# A curve of one input, trained where the image is built: half a minute.
FROM build AS demo-models
RUN build/release/bin/hypergan-trainer train \
        --model_repository=/models --model=regression-1d --version=1 --seed=1 \
        --data=generated:cubic:1 --target_deviation=3 \
        --validation_data=generated:cubic:2 --calibration_data=generated:cubic:3 \
    && rm -rf /models/.training /models/regression-1d/1/training_state.pt

FROM server-cpu AS demo
COPY --from=demo-models /models/ /models/

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

FROM runtime AS trainer-cpu
COPY --from=trainer-cpu-root /opt/root/ /
COPY --from=build /opt/libtorch-cpu/ /opt/hypergan/

FROM runtime-cuda AS trainer-cuda
COPY --from=trainer-cuda-root /opt/root/ /
COPY --from=build-cuda /opt/libtorch-cuda/ /opt/hypergan/

# hadolint ignore=DL3006
FROM trainer-${TRAINER_DEVICE} AS trainer
COPY --from=build /opt/hypergan/bin/hypergan-trainer /opt/hypergan/bin/
ENTRYPOINT ["hypergan-trainer"]
