// Does an error say that Temporal does not answer, rather than that it refused something?

import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** Numbers of gRPC. */
const GRPC = { deadlineExceeded: 4, unavailable: 14 } as const;

export function isUnreachable(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code === GRPC.unavailable || code === GRPC.deadlineExceeded;
}

export function grpcCodeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError ? grpcCodeOf(error.cause) : undefined;
}
