// The rules of class-validator that our forms have, by their own files: the package as a whole loads four
// hundred files more, which took a tenth of the start. All share one storage, so a form may take another
// rule from the package itself.
export { IsNotEmpty } from 'class-validator/cjs/decorator/common/IsNotEmpty.js';
export { IsOptional } from 'class-validator/cjs/decorator/common/IsOptional.js';
export { Matches } from 'class-validator/cjs/decorator/string/Matches.js';
export { IsString } from 'class-validator/cjs/decorator/typechecker/IsString.js';
export { registerDecorator } from 'class-validator/cjs/register-decorator.js';
export { Validator } from 'class-validator/cjs/validation/Validator.js';
