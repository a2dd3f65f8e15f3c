import { describePublishedEvents } from '@tasq/driver-tests'
import { connect } from 'amqplib'
import { inject, onTestFinished } from 'vitest'
import { rabbitmq } from '../src/index.ts'
import { Names } from '../src/names.ts'
import { alone } from './support/own-server.ts'

let exchange = ''

describePublishedEvents({
  openStore: async () => {
    const options = alone(inject('rabbitmqUrl'))
    exchange = new Names(options.exchange ?? '').events
    return () => rabbitmq(options)
  },
  listen: async (channel) => {
    const heard: string[] = []
    const connection = await connect(inject('rabbitmqUrl'))
    onTestFinished(() => connection.close())
    const open = await connection.createChannel()
    await open.assertExchange(exchange, 'direct')
    const { queue } = await open.assertQueue('', { exclusive: true })
    await open.bindQueue(queue, exchange, channel)
    await open.consume(queue, (message) => void heard.push(String(message?.content)), { noAck: true })
    return heard
  },
})
