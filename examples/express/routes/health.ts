import { generation } from 'exit75'
import { Router } from 'express'

export const health: Router = Router()
health.get('/', (_request, response) => {
  response.json({ generation, pid: process.pid })
})
