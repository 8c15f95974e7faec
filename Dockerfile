# One image for everything that runs in a container: each service is the same files with another command.
# Plain instructions alone, so that the classic builder makes it as well as BuildKit does.

# The manifests by themselves: what follows them is built again only where a dependency changed, not with every edit.
FROM node:24-trixie-slim AS manifests
WORKDIR /source
COPY . .
RUN mkdir /manifests \
 && find . -name node_modules -prune -o \( -name package.json -o -name package-lock.json -o -name .npmrc \) \
      -exec cp --parents {} /manifests \;

FROM node:24-trixie-slim AS build
WORKDIR /source
COPY --from=manifests /manifests ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx tsc -b services/* apps/* packages/access services/reporting/web && npm run bundle --workspace=@vigia/reporting
# What runs, and what running it needs: no sources, no types, no maps.
RUN mkdir /app \
 && find apps contracts packages services -name node_modules -prune -o -type d -name dist -print \
  | while read -r dist; do \
      part=$(dirname "$dist"); \
      cp -r --parents "$dist" "$part/package.json" /app; \
      for extra in bin profiles; do if [ -d "$part/$extra" ]; then cp -r --parents "$part/$extra" /app; fi; done; \
    done \
 && find /app \( -name '*.d.ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete \
 && cp package.json /app \
 && chmod 755 /app/apps/cli/bin/vigia.js

# The production dependencies of what was built and of nothing else, less what they bring for compilers and browsers.
FROM node:24-trixie-slim AS dependencies
ENV NODE_ENV=production
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund --ignore-scripts \
      --include-workspace-root=false --workspace=services --workspace=apps --workspace=packages/access \
 && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && rm -rf node_modules/typeorm/browser node_modules/ethers/dist node_modules/ethers/src.ts

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY deploy/container/ready.js /usr/local/lib/vigia/ready.js
RUN ln -s /app/apps/cli/bin/vigia.js /usr/local/bin/vigia
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app ./
# A new volume takes over whom it belongs to: logins are written there without root.
RUN install --directory --owner=node --group=node --mode=700 /access
USER node
EXPOSE 8080
CMD ["node", "services/reporting/dist/main.js"]
