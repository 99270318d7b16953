# The worker as an image: dependencies without the development ones, the sources as they are (Node runs TypeScript), and
# the workflow bundle built ahead. Debian's glibc is needed: the Temporal SDK has no build for musl.

# Not slim: it has the compiler for the native part of ssh2, which is compiled against the headers of the image's own Node.
FROM node:24-bookworm AS build
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY contracts contracts
COPY domain domain
COPY workflows workflows
COPY activities activities
COPY worker worker
COPY client client
RUN node worker/bundle.ts /app/bundles

# gpg encrypts the metadata of registries before it is stored.
FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gpg gpg-agent gpgconf \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production TRANSSHIP_CACHE=/app/bundles
WORKDIR /app
COPY --from=build /app /app
RUN ln -s /app/client/cli/main.ts /usr/local/bin/transship \
  && node -e "require('@temporalio/core-bridge')" \
  && install -d -o node -g node /var/lib/transship
USER node
ENTRYPOINT ["transship"]
CMD ["--help"]
