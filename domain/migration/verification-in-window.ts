// How long manifests and blobs are verified inside the window, so that it is short whatever the size of the registry. The
// plan says so, and what is left is verified when pushes go on.

export const VERIFICATION_IN_WINDOW_MS = 6000;
