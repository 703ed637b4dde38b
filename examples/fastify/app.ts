import { generation } from 'exit75'
import fastify, { type FastifyInstance } from 'fastify'

const WORD: string = 'Hello'

export const app: FastifyInstance = fastify()

app.get<{ Params: { name: string } }>('/greeting/:name', async ({ params }) => ({
  text: `${WORD}, ${params.name}!`,
  generation,
}))
