/** An image that can be neither found, pulled nor built. `image` is one of ours or a base image. */
export class ImageError extends Error {
  readonly code = 'image-unavailable'
  readonly image: string

  constructor(image: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ImageError'
    this.image = image
  }
}
