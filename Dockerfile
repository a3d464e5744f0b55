FROM node:24-slim AS build
WORKDIR /app
# The workspace's package.json is part of the lock file, so npm ci needs it. The stub provider stays
# away: npm ci makes a link to where it would be, and npm prune removes that.
COPY package.json package-lock.json .npmrc ./
COPY embedded-mongodb/package.json embedded-mongodb/
RUN npm ci
COPY tsconfig*.json ./
COPY embedded-mongodb embedded-mongodb
COPY src src
COPY scripts scripts
COPY views views
COPY public public
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
# node_modules holds a link to this folder.
COPY --from=build /app/embedded-mongodb embedded-mongodb
COPY --from=build /app/dist dist
# Read at run time.
COPY views views
# Used only with MONGODB_URI=embedded; mount a volume here then.
RUN mkdir -m 700 .data && chown node:node .data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
