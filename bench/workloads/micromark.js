/** Work for micromark: a document with everything in it. */
import { micromark } from 'micromark';

const paragraph = index => `## Heading ${index}

Some *emphasis*, **strong** and \`code\`, a [link](https://example.com/${index} "title"), an ![image](a${index}.png)
and a line  \nbreak, &amp; &copy; \\* escapes <https://example.com> and <b>html</b>.

> a quote with a [reference][r${index}]
> - with a list
>   1. inside

* item one
* item two
  with a lazy line

\`\`\`js
const x = ${index};
\`\`\`

***

[r${index}]: /target/${index} 'a title'
`;
const text = Array.from({ length: 6 }, (_, index) => paragraph(index)).join('\n');

/** One unit of work; answers a number that tells whether the result is right. */
export function work() {
  return micromark(text).length;
}
