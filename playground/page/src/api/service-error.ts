/** What the service said no to. */
export class ServiceError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = 'ServiceError';
  }
}
