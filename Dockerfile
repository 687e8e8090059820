# For docker-compose.yml: web process and grading process are one image. `npm start` needs none.
FROM node:26-slim
WORKDIR /drillbase
COPY . .
RUN node --input-type=module -e "const { setUp } = await import('/drillbase/scripts/setup.mjs'); await setUp(console.log)"
CMD ["node", "server/main.ts"]
