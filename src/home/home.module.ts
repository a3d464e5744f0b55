import { Module } from '@nestjs/common';
import { HomeController } from './home.controller.js';

/** The page where a team's own application begins. */
@Module({ controllers: [HomeController] })
export class HomeModule {}
