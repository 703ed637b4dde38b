import express, { type Express } from 'express'
import { greeting } from './routes/greeting.ts'
import { health } from './routes/health.ts'

export const app: Express = express()
app.use('/greeting', greeting)
app.use('/health', health)
