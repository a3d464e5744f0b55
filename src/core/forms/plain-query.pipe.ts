import {
  type ArgumentMetadata,
  BadRequestException,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';

/** Stands where a query was no UTF-8. */
const UNREADABLE = '\ufffd';

/**
 * Refuses what a page reads of its query and is no one text: a repeated name (CWE-235), or what is no
 * UTF-8. What no page reads is ignored; newsletters and other sites add what they like to an address.
 */
@Injectable()
export class PlainQueryPipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    if (type !== 'query' || value === undefined) return value;
    if (typeof value !== 'string' || value.includes(UNREADABLE)) throw new BadRequestException();
    return value;
  }
}
