import { Router } from 'express'
import { greet } from '../greet.ts'

export const greeting: Router = Router()
greeting.get('/:name', (request, response) => {
  response.json({ text: greet(request.params.name) })
})
